// Conveniences of the forms that hand something in. Everything can be done without them.
"use strict";

const form = document.querySelector("[data-log]");

// One line is sent by Enter; an entry of several lines keeps its line ends
for (const field of document.querySelectorAll("[data-one-line]")) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || field.value.includes("\n")) return;
    event.preventDefault();
    field.form.requestSubmit(field.form.querySelector("[type=submit]"));
  });
}

// How much of a text is used
for (const field of document.querySelectorAll("[data-count]")) {
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
}

// Control and Enter submit
form?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("[data-submit]"));
});

// What is sent twice within a moment is sent once; the server knows it anyway
let sent = -Infinity;
form?.addEventListener("submit", (event) => {
  if (event.timeStamp - sent < 1000) event.preventDefault();
  else sent = event.timeStamp;
});

// The picker: a combobox with a list, after the pattern of the ARIA Authoring Practices
for (const picker of document.querySelectorAll("[data-picker]")) {
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
    } else if (event.key === "Enter" && active >= 0 && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      choose(options[active]);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
}
