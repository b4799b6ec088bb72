// The phone of a simulated citizen. Whatever comes from outside is put on the page as text, never as markup.
"use strict";

const POLL_MS = 700;
const CENTRE_OF_BAC_NINH = { latitude: 21.1861, longitude: 106.0763 };
const ACT_LABELS = {
  start: "Bắt đầu", follow: "Quan tâm", unfollow: "Bỏ quan tâm", block: "Chặn", unblock: "Bỏ chặn",
  share_contact: "Gửi số điện thoại", share_location: "Gửi vị trí",
};
const AUTHORS = { bot: "Tự động", officer: "Cán bộ", system: "", user: "" };
const KINDS = { image: "Ảnh", file: "Tệp", voice: "Ghi âm", location: "Vị trí", contact: "Danh thiếp" };

const at = (id) => document.getElementById(id);
let platform = { acts: [] };
let users = [];
let chosen = "";
let shownLabels = "";
let revision = -1;
let listsAsked = 0;
let listsPast = 0;
let lost = false;

async function call(path, options) {
  const response = await fetch("/_sim" + path, options);
  const answer = await response.json();
  if (!response.ok) {
    throw new Error(answer.error + (answer.details ? ": " + JSON.stringify(answer.details) : ""));
  }
  return answer;
}

const post = (path, body) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body || {}) });

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

async function told(work) {
  try {
    await work();
    at("fault").textContent = "";
  } catch (error) {
    at("fault").textContent = error.message;
  }
}

const me = () => chosen;

// The screen belongs to the person chosen: what is known of another person's screen counts no more,
// and a list of people asked for before the choice may not know the one chosen.
function choose(user) {
  chosen = user;
  at("user").value = user;
  revision = -1;
  listsPast = listsAsked;
}

const FIRST_CITIZEN = "Nguyễn Thị Lan";

// Who only wants to try the chat starts typing: the first citizen is made for them.
async function someone() {
  if (me()) return;
  const made = await post("/users", { name: FIRST_CITIZEN, phone: null });
  choose(made.id);
  await showUsers();
}

const act = (name, order) => told(async () => {
  await someone();
  await post(`/users/${encodeURIComponent(me())}/${name}`, order);
  await Promise.all([showUsers(), showTranscript()]);
});

function webAddress(address) {
  try {
    const url = new URL(address);
    return ["http:", "https:"].includes(url.protocol) ? url.href : null;
  } catch { return null; }
}

function buttonOf(message, button) {
  if (button.kind === "url") {
    const href = webAddress(button.value);
    if (!href) return element("span", `${button.title} (${button.value})`);
    const link = element("a", button.title + " ↗");
    Object.assign(link, { href, target: "_blank", rel: "noopener noreferrer" });
    return link;
  }
  if (button.kind === "phone") return element("button", `${button.title} ☎ ${button.value}`);
  const made = element("button", button.title);
  made.type = "button";
  made.addEventListener("click", () => {
    if (button.kind === "contact") act("share_contact", { message_id: message.id });
    else if (button.kind === "location") shareLocation({ message_id: message.id });
    else act("tap", { message_id: message.id, value: button.value, title: button.title });
  });
  return made;
}

function shareLocation(order) {
  const asked = prompt("Vĩ độ, kinh độ", `${CENTRE_OF_BAC_NINH.latitude}, ${CENTRE_OF_BAC_NINH.longitude}`);
  if (asked === null) return;
  const [latitude, longitude] = asked.split(",").map(Number);
  act("share_location", { ...order, latitude, longitude });
}

function attachmentOf(attachment) {
  const preview = String(attachment.preview || "");
  if (preview.startsWith("data:image/")) {
    const image = element("img");
    Object.assign(image, { src: preview, alt: String(attachment.name || "Ảnh") });
    return image;
  }
  const about = [attachment.title, attachment.subtitle, attachment.name, attachment.text].filter(Boolean).join(" · ");
  const where = attachment.latitude === undefined ? "" : ` ${attachment.latitude}, ${attachment.longitude}`;
  const line = `📎 ${KINDS[attachment.kind] || attachment.kind || "Đính kèm"} ${about}${where}`;
  const href = webAddress(attachment.url);
  if (!href) return element("span", line);
  const link = element("a", line);
  Object.assign(link, { href, target: "_blank", rel: "noopener noreferrer" });
  return link;
}

function bubbleOf(message) {
  const bubble = element("li", undefined, message.author + (message.refused ? " refused" : ""));
  if (AUTHORS[message.author]) bubble.append(element("span", AUTHORS[message.author], "by"));
  if (message.text) bubble.append(element("span", message.text));
  for (const attachment of message.attachments) bubble.append(attachmentOf(attachment));
  if (message.refused) bubble.append(element("span", `Nền tảng từ chối, công dân không thấy: ${message.refused}`, "refusal"));
  if (message.note) bubble.append(element("span", message.note, "note"));
  if (message.buttons.length && !message.refused) {
    const row = element("div", undefined, "buttons");
    row.append(...message.buttons.map((button) => buttonOf(message, button)));
    bubble.append(row);
  }
  return bubble;
}

async function showTranscript() {
  const user = me();
  if (!user) return at("messages").replaceChildren();
  const shown = await call(`/users/${encodeURIComponent(user)}/transcript?after_revision=${revision}`);
  if (user !== me() || shown.messages === null) return undefined;
  revision = shown.revision;
  at("messages").replaceChildren(...shown.messages.map(bubbleOf));
  at("messages").scrollTop = at("messages").scrollHeight;
  return undefined;
}

async function showUsers() {
  const asked = ++listsAsked;
  const answer = await call("/users");
  if (asked <= listsPast) return;
  listsPast = asked;
  users = answer.users;
  const labels = users.map((user) => `${user.name} (${user.id})${user.blocked ? " – đã chặn" : ""}`);
  // An unchanged list is left alone: replacing it would close it under the reader's hand.
  if (JSON.stringify(labels) !== shownLabels) {
    shownLabels = JSON.stringify(labels);
    at("user").replaceChildren(...users.map((user, position) => {
      const option = element("option", labels[position]);
      option.value = user.id;
      return option;
    }));
  }
  if (users.some((user) => user.id === chosen)) at("user").value = chosen;
  else choose(users.length ? users[0].id : "");
  const mine = users.find((user) => user.id === me());
  at("phone-user").textContent = mine ? mine.name : "";
  document.querySelector(".phone").classList.toggle("blocked", Boolean(mine && mine.blocked));
}

async function showPlatform() {
  platform = await call("/platform");
  document.title = `${platform.title} mô phỏng`;
  at("platform-name").textContent = platform.title;
  at("phone-title").textContent = `${platform.title} · Một Cửa`;
  document.documentElement.style.setProperty("--brand", platform.colour);
  at("officer").hidden = platform.facts.officer_inbox === false;
  const offered = Object.keys(ACT_LABELS).filter((name) => platform.acts.includes(name));
  at("acts").replaceChildren(...offered.map((name) => {
    const made = element("button", ACT_LABELS[name]);
    made.type = "button";
    made.addEventListener("click", () => (name === "share_location" ? shareLocation({}) : act(name, {})));
    return made;
  }));
}

const showClock = async () => {
  const { now } = await call("/clock");
  at("now").textContent = new Date(now).toLocaleString("vi-VN", { timeZone: "Asia/Ho_Chi_Minh" });
};

at("user").addEventListener("change", () => { choose(at("user").value); told(async () => { await showUsers(); await showTranscript(); }); });

at("new-user").addEventListener("submit", (event) => {
  event.preventDefault();
  told(async () => {
    const made = await post("/users", { name: at("new-name").value, phone: at("new-phone").value || null });
    at("new-user").reset();
    choose(made.id);
    await showUsers();
    await showTranscript();
    at("text").focus();
  });
});

at("say").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = at("text").value;
  if (!text) return;
  at("text").value = "";
  act("say", { text });
});

at("file").addEventListener("change", () => told(async () => {
  const file = at("file").files[0];
  if (!file) return;
  await someone();
  const form = new FormData();
  form.append("file", file);
  form.append("kind", file.type.startsWith("image/") ? "image" : file.type.startsWith("audio/") ? "voice" : "file");
  at("file").value = "";
  await call(`/users/${encodeURIComponent(me())}/send_file`, { method: "POST", body: form });
  await showTranscript();
}));

at("officer").addEventListener("submit", (event) => {
  event.preventDefault();
  told(async () => {
    if (!me()) throw new Error("Hãy tạo hoặc chọn một công dân trước.");
    await post("/officer", { user: me(), text: at("officer-text").value });
    at("officer").reset();
    await showTranscript();
  });
});

for (const button of document.querySelectorAll("[data-advance]")) {
  button.addEventListener("click", () => told(async () => {
    await post("/clock", { advance: Number(button.dataset.advance) });
    await showClock();
  }));
}

async function poll() {
  try {
    await Promise.all([showUsers(), showClock()]);
    await showTranscript();
    if (lost) at("fault").textContent = "";
    lost = false;
  } catch (error) {
    lost = true;
    at("fault").textContent = `Mất liên lạc với bộ mô phỏng: ${error.message}`;
  }
  setTimeout(poll, POLL_MS);
}

told(showPlatform).then(poll);
