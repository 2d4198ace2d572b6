"use strict";
// Files can be dropped anywhere on the form; and what a feed's rules take is shown while they are
// typed. Without a script the form has its button for each.

for (const form of document.querySelectorAll("form[data-drop]")) {
  const field = form.querySelector("input[type=file]");
  const over = (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.classList.add("over");
  };
  form.addEventListener("dragenter", over);
  form.addEventListener("dragover", over);
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    form.classList.remove("over");
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    field.files = event.dataTransfer.files;
    form.requestSubmit();
  });
}

for (const form of document.querySelectorAll("form[data-preview]")) {
  const place = document.getElementById("preview");
  const token = document.querySelector("meta[name=csrf-token]").content;
  let soon;
  let asked = 0;

  const show = async () => {
    const mine = ++asked;
    try {
      const answer = await fetch(form.dataset.preview, {
        method: "POST",
        headers: { "X-CSRFToken": token },
        body: new FormData(form),
      });
      // An answer that a later one has overtaken is not shown.
      if (mine !== asked || !answer.headers.get("Content-Type")?.startsWith("text/html")) return;
      if (answer.ok) place.innerHTML = await answer.text();
    } catch {
      // Away for a moment: the next key tries again, and the button is there.
    }
  };
  form.addEventListener("input", (event) => {
    if (!event.target.closest("[data-rules]")) return;
    clearTimeout(soon);
    soon = setTimeout(show, 300);
  });
}
