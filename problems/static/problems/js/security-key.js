// Says on the page when a security key gave no answer; allauth's script would only write to the console.
"use strict";

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  for (const note of document.querySelectorAll("[data-key-error]")) note.hidden = false;
});
