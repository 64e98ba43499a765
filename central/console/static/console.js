// What the pages do better with a script; without it every one of them still works.
"use strict";

for (const one of document.querySelectorAll("[data-script]")) one.hidden = false;

// Upload: drag a file here, and see how much of it was sent.
const upload = document.getElementById("upload");
if (upload) {
  const drop = document.getElementById("drop");
  const file = document.getElementById("file");
  const problem = document.getElementById("problem");
  const sending = document.getElementById("sending");
  const bar = document.getElementById("sent");
  const text = document.getElementById("sent-text");
  let over = 0;
  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      over += { dragenter: 1, dragleave: -1 }[name] || 0;
      if (name === "drop") over = 0;
      drop.classList.toggle("onshi-drop--over", over > 0);
    });
  }
  drop.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length === 1) {
      file.files = event.dataTransfer.files;
      file.focus();
    }
  });
  upload.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = upload.querySelector("button");
    const request = new XMLHttpRequest();
    const failed = (words) => {
      sending.hidden = true;
      button.disabled = false;
      problem.replaceChildren(...(words.length ? words : [problem.dataset.broken]).map((word) => {
        const line = document.createElement("p");
        line.textContent = word;
        return line;
      }));
      problem.hidden = false;
    };
    request.upload.addEventListener("progress", (now) => {
      if (!now.lengthComputable) return;
      bar.value = Math.round((now.loaded * 100) / now.total);
      text.textContent = `${bar.value} %`;
    });
    request.addEventListener("load", () => {
      if (request.status < 400) {
        location.assign(request.responseURL);
        return;
      }
      const told = new DOMParser().parseFromString(request.responseText, "text/html");
      for (const mark of told.querySelectorAll(".onshi-mark")) mark.remove();
      failed([...told.querySelectorAll(".onshi-notice p")].map((line) => line.textContent.trim()));
    });
    request.addEventListener("error", () => failed([]));
    request.open("POST", upload.action);
    problem.hidden = true;
    sending.hidden = false;
    button.disabled = true;
    request.send(new FormData(upload));
  });
}

// An upload that is worked on: ask how far it is, and show the result when it is there.
const working = document.getElementById("working");
if (working) {
  const bar = working.querySelector("progress");
  const text = document.getElementById("working-text");
  const left = document.getElementById("working-left");
  let failures = 0;
  const ask = async () => {
    try {
      const answer = await fetch(working.dataset.progress, { cache: "no-store" });
      const told = await answer.json();
      failures = 0;
      if (!told.running) {
        location.reload();
        return;
      }
      if (told.percent !== null) bar.value = told.percent;
      left.hidden = told.minutes_left === null;
      left.querySelector("strong").textContent = (told.minutes_left ?? "").toLocaleString();
      const of = told.of ? ` / ${told.of.toLocaleString()}` : "";
      if (told.part === "read") text.textContent = `${told.done.toLocaleString()}${of} ${working.dataset.lines}`;
      else if (told.percent !== null) text.textContent = `${told.percent} %`;
    } catch {
      failures += 1;
    }
    setTimeout(ask, Math.min(1000 * (failures + 1), 10000));
  };
  setTimeout(ask, 500);
}

// The work list: choose all of a page, and say how many are chosen.
const work = document.getElementById("work");
if (work) {
  const all = document.getElementById("all");
  const chosen = document.getElementById("chosen");
  const items = [...work.querySelectorAll('input[name="item"]')];
  const tell = () => {
    const count = items.filter((one) => one.checked).length;
    chosen.textContent = `${count} ${chosen.dataset.word}`;
    all.checked = count > 0 && count === items.length;
    all.indeterminate = count > 0 && count < items.length;
  };
  all.addEventListener("change", () => {
    for (const one of items) one.checked = all.checked;
    tell();
  });
  work.addEventListener("change", tell);
  tell();
}
