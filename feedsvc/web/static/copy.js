"use strict";
// Copy buttons. They are hidden in the page and shown here, so without a script nobody misses them.

const copied = document.createElement("p");
copied.className = "unseen";
copied.setAttribute("role", "status");
document.body.append(copied);

// The clipboard interface exists on https and localhost only; the old way works everywhere.
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "unseen";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  const label = button.innerHTML;
  let back;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const done = await copy(button.dataset.copy);
    button.focus();
    button.textContent = done ? "Copied" : "Not copied";
    copied.textContent = done ? "Address copied" : "The address could not be copied; select it instead";
    clearTimeout(back);
    back = setTimeout(() => {
      button.innerHTML = label;
      copied.textContent = "";
    }, 2500);
  });
}

for (const field of document.querySelectorAll("input[readonly]")) {
  field.addEventListener("focus", () => field.select());
}

// Times are in UTC; here they are told as it is where somebody reads, with UTC beside them.

const here = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
for (const time of document.querySelectorAll(".admin time")) {
  const at = new Date(time.dateTime);
  if (!time.textContent.endsWith("UTC") || Number.isNaN(at.getTime())) continue;
  time.title = time.textContent;
  time.textContent = here.format(at);
}
