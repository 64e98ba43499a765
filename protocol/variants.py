"""Kanji of names that people and registers write in several forms (異体字), each with the form we compare by.

Only for search keys: nothing is ever shown or stored in the right-hand form. Compatibility ideographs (神 as
U+FA19 and the like) need no line here, NFKC folds them before. Facts: reference data-formats 6.2 and the
joyo/jinmeiyo tables of old and new forms; shapes that are different names (碕 and 崎, 嶋 stands as 島) by usage.
"""

_TO_ONE = """
高髙 崎﨑嵜𥔎 徳德 浜濱濵 辺邊邉 斉齊齋斎 沢澤 桜櫻 広廣 国國囯圀 島嶋嶌 槙槇 瀬瀨 淵渕渊 富冨 峰峯 真眞 恵惠
学學斈 会會 栄榮 竜龍 滝瀧 蔵藏 豊豐 万萬 与與 円圓 応應 鶏鷄 黒黑 青靑 清淸 静靜 寿壽 実實
宝寶寳 弥彌 暁曉 礼禮 禄祿 吉𠮷 橋𣘺槗 柳栁桺 桑桒 凜凛 遥遙 亜亞 条條 桧檜 篭籠 曽曾 増增 巣巢
荘莊 兎莵菟 祢禰 昂昻 鶴靏靍鸖 野埜 館舘 船舩 松枩 穂穗 緑綠 録錄 緒緖 薫薰 園薗 芦蘆 岳嶽 駅驛
鉄鐵銕 鎮鎭 関關 顕顯 県縣 壮壯 将將 勲勳 毎每 歩步 楽樂 検檢 気氣 済濟 浅淺 渋澁澀 灯燈 為爲
狭狹 独獨 当當 発發 尽盡 稲稻 経經 総總 縄繩 続續 聡聰 声聲 粛肅 台臺 茎莖 芸藝 処處 号號
覚覺 観觀 誉譽 譲讓 頼賴 転轉 郷鄕鄊 釈釋 鉱鑛 随隨 険險 双雙 霊靈 顔顏 鴎鷗 麦麥 黄黃 点點
亀龜 乗乘 来來 伝傳 児兒 内內 涼凉 壱壹 単單 厳嚴 囲圍 図圖 団團 尭堯 奥奧 嬢孃 寛寬 対對
巌巖 従從 慎愼 恋戀 抜拔 挙擧舉 摂攝 教敎 数數 昇曻 晋晉 様樣 横橫 帰歸 湾灣 煕熙熈 瑶瑤 画畫
畳疊 研硏 秘祕 称稱 穣穰 窃竊 糸絲 繊纖 艶艷 萌萠 蒋蔣 薬藥 蝉蟬 衛衞 装裝 証證 読讀 予豫
弐貳 弁辨辯瓣 村邨 医醫 銭錢 錬鍊 塩鹽 麺麵 齢齡 侠俠 倶俱 剣劍劔劒 励勵 労勞 勧勸 区區 参參 収收
塁壘 壌壤 売賣 変變 寝寢 専專 届屆 属屬 峡峽 帯帶 庁廳 弾彈 徴徵 恒恆 悩惱 恵惠 懐懷 戦戰
戸戶 択擇 担擔 拠據 拡擴 揺搖 攅攢 斎斎 断斷 旧舊 昼晝 枢樞 桟棧 桝枡 楼樓 概槪 欠缺 歓歡
残殘 殴毆 沖冲 渓溪 温溫 湿濕 満滿 潜潛 焔焰 焼燒 犠犧 獣獸 瓶甁 痩瘦 県縣 砕碎 祷禱 禅禪
稚穉 窯窰 竪豎 粋粹 絵繪 継繼 縦縱 聴聽 胆膽 臓臟 舎舍 草艸 蛍螢 蛮蠻 覧覽 触觸 訳譯 謡謠
讃讚 賛贊 軽輕 辞辭 逓遞 遅遲 醸釀 鋳鑄 閲閱 陥陷 隠隱 雑雜 頬頰 頚頸 餠餅 験驗 鯵鰺 麹麴
黙默 歳歲
"""


def _table() -> dict[int, str]:
    forms: dict[int, str] = {}
    for group in _TO_ONE.split():
        for other in group[1:]:
            if other != group[0]:
                forms[ord(other)] = group[0]
    return forms


KANJI_VARIANTS = {**_table(), ord("ヶ"): "ケ", ord("ヵ"): "カ"}
"""For `str.translate`: each variant to the form that stands for all."""
