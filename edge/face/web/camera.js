// Posts frames while somebody looks, and shows what the answer says. The camera is off at all other times.
"use strict";

const which = location.pathname.split("/").pop();
const wanted = new URLSearchParams(location.search).get("device") || "";
const PAUSE = 300; // ms between two questions while nobody looks
const APART = 110; // ms between two frames
const QUALITY = 0.9;
const SIZE = which === "front" ? { width: { ideal: 1920 }, height: { ideal: 1080 } } : { width: { ideal: 640 }, height: { ideal: 480 } };

const view = document.getElementById("view");
const video = document.getElementById("video");
const canvas = document.createElement("canvas");
const texts = { ja: document.getElementById("ja"), next: document.getElementById("next"), en: document.getElementById("en") };
const IDLE = { ja: "カメラは止まっています。", next_ja: "", en: "The camera is off." };
const LOOKING = { ja: "カメラを準備しています。", next_ja: "", en: "The camera is starting." };
const BROKEN = { ja: "カメラが使えません。", next_ja: "係の人をお呼びください。", en: "The camera does not work. Please call the staff." };
document.body.classList.add(which);

function show(said) {
  for (const [id, text] of [["ja", said.ja], ["next", said.next_ja], ["en", said.en]]) {
    if (texts[id].textContent !== text) texts[id].textContent = text;
  }
}

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

async function device() {
  if (!wanted) return {};
  const all = await navigator.mediaDevices.enumerateDevices();
  const found = all.find((one) => one.kind === "videoinput" && one.label.includes(wanted));
  return found ? { deviceId: { exact: found.deviceId } } : {};
}

async function on() {
  if (video.srcObject) return;
  video.srcObject = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...SIZE, ...(await device()) } });
  await video.play();
  view.hidden = false;
}

function off() {
  if (!video.srcObject) return;
  for (const track of video.srcObject.getTracks()) track.stop();
  video.srcObject = null;
  view.hidden = true;
  canvas.width = canvas.height = 0;
}

async function frame() {
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
}

async function once(looking) {
  if (!looking) {
    off();
    await sleep(PAUSE);
    return (await fetch(`/camera/${which}/state`)).json();
  }
  await on();
  const began = performance.now();
  const answer = await fetch(`/camera/${which}/frames`, { method: "POST", body: await frame() });
  await sleep(Math.max(0, APART - (performance.now() - began)));
  return answer.ok ? answer.json() : { looking: true, said: null };
}

async function run() {
  let looking = false;
  for (;;) {
    try {
      const state = await once(looking);
      looking = state.looking;
      show(state.said || (looking ? LOOKING : IDLE));
    } catch {
      show(BROKEN);
      off();
      looking = false;
      await sleep(1000);
    }
  }
}

run();
