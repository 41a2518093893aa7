// Conveniences of the forms that hand something in. Everything can be done without them.
"use strict";

// One line is sent by Enter; an entry of several lines keeps its line ends
for (const field of document.querySelectorAll("[data-one-line]")) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || field.value.includes("\n")) return;
    event.preventDefault();
    field.form.requestSubmit(field.form.querySelector("[type=submit]"));
  });
}

// A file that is dropped on the field goes to the import, and what is copied into the page's own box goes to the clipboard
const drop = document.querySelector("[data-drop]");
if (drop) {
  const chosen = document.getElementById(drop.dataset.drop);
  const over = (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    drop.classList.toggle("over", event.type === "dragover");
  };
  drop.addEventListener("dragover", over);
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    drop.classList.remove("over");
    chosen.files = event.dataTransfer.files;
    chosen.form.requestSubmit();
  });
}
for (const button of document.querySelectorAll("[data-copy-text]")) {
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copyText);
    try {
      await navigator.clipboard.writeText(field.value);
      button.textContent = "Copied";
    } catch {
      field.select();
    }
  });
}

const form = document.querySelector("[data-log]");
const typing = "input:not([type=radio]):not([type=checkbox]):not([type=hidden]), textarea, select";
const message = (text) => {
  const place = document.querySelector("[data-save-state]");
  if (place && place.textContent !== text) place.textContent = text;
};

// -- drafts save themselves --
const saves = form ? "autosave" in form.dataset : false; // else others see it, and only a button saves
let dirty = false; // something is typed that the server does not have
let saving = null; // the answer that is waited for
let swapping = null;
let timer = 0;
let stopped = false;

const saveLater = (milliseconds = 1500) => {
  clearTimeout(timer);
  timer = setTimeout(save, milliseconds);
};
const changed = () => {
  dirty = true;
  if (!saves || stopped) return;
  message("Not saved yet");
  saveLater();
};
const save = async () => {
  await swapping;
  if (!dirty || saving || stopped || !saves) return;
  clearTimeout(timer);
  timer = 0;
  dirty = false;
  saving = send();
  await saving;
  saving = null;
  if (dirty && !timer && !stopped) saveLater();
};
// After a log-in elsewhere the page's own token is stale: a new one is on the page as it is now. False where nobody is logged in
const renew = async () => {
  try {
    const answer = await fetch(location.href);
    if (!answer.ok || answer.redirected) return false;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("[data-log] [name=csrfmiddlewaretoken]")?.value;
    if (token) set("csrfmiddlewaretoken", token);
    return Boolean(token);
  } catch {
    return false;
  }
};
let signedOut = false;
const send = async (last = false) => {
  const fails = (text, again) => {
    dirty = true;
    message(text);
    if (again) saveLater(again);
  };
  const out = "Not saved: you were signed out. Log in in another tab; nothing on this page is lost.";
  if (signedOut && !last) {
    if (!(await renew())) {
      fails(out, 15000);
      return;
    }
    signedOut = false;
  }
  const data = new URLSearchParams(new FormData(form));
  data.set("do", "auto");
  if (last) data.set("last", "1");
  let answer;
  try {
    answer = await fetch(form.action, { method: "POST", body: data, keepalive: last, headers: { Accept: "application/json" } });
  } catch {
    fails("Not saved: no connection. Keep this page open, it tries again.", 5000);
    return;
  }
  if (answer.status === 401) {
    signedOut = true;
    fails(out, 1000);
    return;
  }
  if (answer.redirected || !(answer.headers.get("Content-Type") ?? "").includes("json")) {
    fails("Not saved: the site does not answer. Keep this page open, it tries again.", 10000);
    return;
  }
  const told = await answer.json();
  if (answer.ok) {
    form.action = told.url;
    set("seen", told.seen);
    set("once", told.once);
    if (location.pathname !== told.url) history.replaceState(history.state, "", told.url);
    if (told.left.length) message(`Draft saved ${told.saved}, but for this: ${told.left[0]}`);
    else if (!dirty) message(`Draft saved ${told.saved}`);
  } else if (told.again) fails("Not saved yet.", told.again * 1000);
  else {
    fails(`Not saved. ${told.error}`, 0);
    stopped = true;
  }
};
const set = (name, value) => {
  let field = form.elements.namedItem(name);
  if (!field) {
    field = document.createElement("input");
    field.type = "hidden";
    field.name = name;
    form.prepend(field);
  }
  field.value = value;
};
if (form) {
  form.addEventListener("input", (event) => {
    if (!event.target.matches("[data-find]")) changed(); // words to search by are nobody's text
  });
  addEventListener("online", () => dirty && save());
  const leaves = () => {
    if (dirty && saves && !stopped) send(true);
  };
  addEventListener("pagehide", leaves);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && save());
  addEventListener("beforeunload", (event) => {
    if (dirty) event.preventDefault();
  });
}

// -- what is sent --
let sent = -Infinity;
let leaving = false;
form?.addEventListener("submit", async (event) => {
  if (leaving) return;
  const button = event.submitter;
  // What is sent twice within a moment is sent once; the server knows it anyway
  if (event.timeStamp - sent < 1000) {
    event.preventDefault();
    return;
  }
  if (button?.name === "do" && /^(add|remove|find|fill)\b/.test(button.value)) {
    event.preventDefault();
    if (!swapping) await (swapping = swap(button).finally(() => (swapping = null)));
    return;
  }
  sent = event.timeStamp;
  if (!saving && !swapping) {
    dirty = false;
    stopped = true;
    return;
  }
  event.preventDefault();
  await saving;
  await swapping;
  leave(button);
});
const leave = (button) => {
  leaving = true;
  dirty = false;
  stopped = true;
  if (button && !button.isConnected) form.append(button);
  form.requestSubmit(button);
  leaving = false;
};
// Buttons of the picker bring back the same page: only its middle is replaced, and what is typed or chosen meanwhile stays
const told = () => {
  const fields = [...form.elements].filter((field) => field.name && field.type !== "hidden" && field.type !== "submit");
  return new Map(fields.map((field) => [`${field.name}\n${field.matches("[type=radio], [type=checkbox]") ? field.value : ""}`, field]));
};
const state = (field) => (field.matches("[type=radio], [type=checkbox]") ? field.checked : field.value);
const swap = async (button) => {
  await saving;
  const data = new URLSearchParams(new FormData(form));
  data.set(button.name, button.value);
  const before = new Map([...told()].map(([name, field]) => [name, state(field)]));
  let answer;
  let page;
  try {
    answer = await fetch(form.action, { method: "POST", body: data });
    page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-log]");
  } catch {
    message("No connection. Nothing on this page is lost; try again when it is back.");
    return;
  }
  if (answer.redirected || !page) {
    leave(button);
    return;
  }
  const now = told();
  const kept = Object.fromEntries(["seen", "once"].map((name) => [name, form.elements.namedItem(name)?.value]));
  const active = document.activeElement;
  const [start, end] = active?.matches("input[type=text], textarea") ? [active.selectionStart, active.selectionEnd] : [null, null];
  const open = [...form.querySelectorAll("details[open] > summary")].map((summary) => summary.textContent);
  form.replaceChildren(...page.childNodes);
  for (const [name, value] of Object.entries(kept)) if (value) set(name, value);
  for (const [name, field] of told()) {
    if (!now.has(name) || state(now.get(name)) === before.get(name)) continue;
    if (field.matches("[type=radio], [type=checkbox]")) field.checked = now.get(name).checked;
    else field.value = now.get(name).value;
  }
  for (const summary of form.querySelectorAll("details > summary")) {
    if (open.includes(summary.textContent)) summary.parentElement.open = true;
  }
  dress(form);
  const again = button.value === "fill" && active?.id ? document.getElementById(active.id) : null;
  if (again) {
    again.focus();
    if (start !== null) again.setSelectionRange?.(start, end);
  } else (form.querySelector("[autofocus]") ?? form.querySelector("[data-focus]") ?? form.querySelector("#id_find"))?.focus();
  if (dirty || button.value !== "find") changed();
};

// -- keys --
form?.addEventListener("keydown", (event) => {
  // Control and Enter submit
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-submit]"));
  }
});
form?.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (!(event.target instanceof Element) || event.target.closest(typing)) return;
  // T goes to the picker; a number chooses the relation of the tag in which the focus is
  if (event.key.toLowerCase() === "t" && !event.shiftKey) {
    const find = form.querySelector("#id_find");
    if (!find) return;
    event.preventDefault();
    find.focus();
    return;
  }
  const relation = event.target.closest(".tag")?.querySelectorAll(".relations input")[Number(event.key) - 1];
  if (!relation) return;
  event.preventDefault();
  relation.checked = true;
  relation.focus();
  relation.dispatchEvent(new Event("input", { bubbles: true }));
});

// -- what comes and goes with the middle of the page --
const dress = (root) => {
  for (const field of root.querySelectorAll("[data-count]")) counts(field);
  for (const picker of root.querySelectorAll("[data-picker]")) combobox(picker);
  const waiting = root.querySelector("[data-waiting]");
  if (waiting) waits(waiting, 0);
};
// The answer of a metadata service comes in when it is there
const waits = (place, tries) => {
  setTimeout(async () => {
    if (!place.isConnected) return;
    try {
      const answer = await fetch(place.dataset.waiting, { headers: { Accept: "application/json" } });
      if (answer.ok && (await answer.json()).state !== "pending") {
        place.querySelector("button")?.click();
        return;
      }
    } catch {
      // no network: the button asks, too
    }
    if (tries < 20) waits(place, tries + 1);
  }, 700 + 150 * tries);
};
// How much of a text is used
const counts = (field) => {
  const most = Number(field.dataset.count);
  const left = document.createElement("p");
  left.className = "count-left";
  const show = () => {
    const used = [...field.value.trim()].length;
    left.textContent = `${used} of ${most}`;
    left.classList.toggle("over", used > most);
  };
  field.addEventListener("input", show);
  field.after(left);
  show();
};
// The picker: a combobox with a list, after the pattern of the ARIA Authoring Practices
const combobox = (picker) => {
  const input = picker.querySelector("[data-find]");
  const list = picker.querySelector("[data-found]");
  const status = picker.querySelector("[data-picker-status]");
  let options = [];
  let active = -1;
  let asked = 0;

  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);

  const mark = (number) => {
    active = number;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === number)));
    if (number < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", options[number].id);
      options[number].scrollIntoView({ block: "nearest" });
    }
  };
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    mark(-1);
  };
  const choose = (option) => {
    const button = document.createElement("button");
    button.type = "submit";
    button.name = "do";
    button.value = `add:${option.dataset.code}`;
    button.hidden = true;
    form.append(button);
    form.requestSubmit(button);
    button.remove();
  };
  const item = (each, number) => {
    const option = document.createElement("li");
    option.id = `${list.id}-${number}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dataset.code = each.code;
    for (const [name, text] of [
      ["code", each.code],
      ["found-text", each.text],
      ["fine faint", each.note],
    ]) {
      const part = document.createElement("span");
      part.className = name;
      part.textContent = text;
      option.append(part);
    }
    option.addEventListener("mousedown", (event) => event.preventDefault()); // the field keeps the focus
    option.addEventListener("click", () => choose(option));
    return option;
  };
  const ask = async () => {
    const words = input.value.trim();
    const mine = ++asked;
    if (!words) {
      close();
      return;
    }
    const address = new URL(picker.dataset.url, location.href);
    address.searchParams.set("q", words);
    let found;
    try {
      const answer = await fetch(address);
      if (!answer.ok) return;
      ({ found } = await answer.json());
    } catch {
      return; // no network: the button finds, too
    }
    if (mine !== asked || document.activeElement !== input) return;
    options = found.map(item);
    list.replaceChildren(...options);
    mark(-1);
    list.hidden = !options.length;
    input.setAttribute("aria-expanded", String(options.length > 0));
    status.textContent = options.length ? `${options.length} found. Up and down to choose.` : "Nothing found.";
  };

  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 150);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) {
        ask();
        return;
      }
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(active < 0 ? (step > 0 ? 0 : options.length - 1) : (active + step + options.length) % options.length);
    } else if (event.key === "Enter" && !list.hidden && options.length && !event.ctrlKey && !event.metaKey) {
      event.preventDefault(); // the one that is marked, or else the first
      choose(options[Math.max(active, 0)]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
};

dress(document);
