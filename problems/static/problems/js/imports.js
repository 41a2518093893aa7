// A file that is too large is told before it is sent; the page of an import that goes on follows it. Everything works without it.
"use strict";

for (const form of document.querySelectorAll("[data-import]")) {
  const field = form.querySelector('input[type="file"]');
  const told = form.querySelector("[data-too-large]");
  const tooLarge = () => {
    const large = (field.files[0]?.size ?? 0) > Number(field.dataset.most);
    told.hidden = !large;
    return large;
  };
  field.addEventListener("change", tooLarge);
  form.addEventListener("submit", (event) => {
    if (!tooLarge()) return;
    event.preventDefault();
    field.focus();
  });
}

const watched = document.querySelector("[data-progress-url]");
const place = watched?.querySelector("[data-progress]");
const follow = async () => {
  try {
    const answer = await fetch(watched.dataset.progressUrl, { headers: { Accept: "text/html" }, redirect: "error" });
    if (answer.ok) {
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".import-progress");
      if (found) place.replaceChildren(found);
    }
  } catch {
    // away for a moment: it is asked again
  }
  if (place.querySelector("[data-open]")) setTimeout(follow, 1000);
  else location.reload();
};
if (place?.querySelector("[data-open]")) setTimeout(follow, 700);
