"use strict";
// Files are pasted, dropped or chosen into an article. Each is uploaded at once, one after the
// other, while one writes on; its place in the text is held by a few words until it has arrived.
// Without a script they come along when the form is saved. Loaded before write.js, whose rows of
// files (addRow) are used.
{
  const form = document.getElementById("write");
  const text = form.elements.text;
  const sheet = form.querySelector(".sheet");
  const lists = { text: document.getElementById("uploads"), picture: document.getElementById("picture-uploads") };
  const says = document.getElementById("uploads-say");
  const most = Number(form.dataset.most);
  const coming = new Set();
  let awaited = null;
  let line = Promise.resolve();

  form.enctype = "application/x-www-form-urlencoded"; // no file is left to send with the form
  for (const one of form.querySelectorAll("[data-scripted]")) one.hidden = false;
  for (const one of form.querySelectorAll("[data-unscripted]")) one.hidden = true;

  // The words that hold a place are part of no preview and are never saved.
  form.addEventListener("formdata", ({ formData }) => {
    for (const name of ["upload", "picture_file"]) formData.delete(name);
    let value = formData.get("text");
    for (const { held } of coming) if (held) value = value.replace(held, "");
    formData.set("text", value);
  });

  // Where they come from

  const files = (data) => [...(data?.files ?? [])];
  const carried = (event) => event.dataTransfer?.types.includes("Files");

  text.addEventListener("paste", (event) => {
    // Word processors and tables put a picture of the words beside them: then the words are meant.
    if (!files(event.clipboardData).length || event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    add(files(event.clipboardData));
  });
  form.addEventListener("dragover", (event) => {
    if (!carried(event) || event.target.type === "file") return;
    event.preventDefault();
    sheet.classList.add("over");
  });
  for (const kind of ["dragleave", "drop"]) form.addEventListener(kind, () => sheet.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    if (!carried(event) || event.target.type === "file") return;
    event.preventDefault();
    const at = document.caretPositionFromPoint?.(event.clientX, event.clientY);
    if (at?.offsetNode === text) text.setSelectionRange(at.offset, at.offset);
    text.focus();
    add(files(event.dataTransfer));
  });
  form.elements.upload.addEventListener("change", ({ target }) => {
    add([...target.files]);
    target.value = "";
  });
  form.elements.picture_file.addEventListener("change", ({ target }) => {
    for (const file of target.files) begin({ file, picture: true });
    target.value = "";
  });

  // What was chosen before this was there to hear of it; write.js comes after this.
  document.addEventListener("DOMContentLoaded", () => {
    for (const name of ["upload", "picture_file"]) {
      if (form.elements[name].files.length) form.elements[name].dispatchEvent(new Event("change"));
    }
  });

  function add(chosen) {
    for (const file of chosen) begin({ file });
  }

  // One file: on its way, arrived or not

  function begin(one) {
    const { file } = one;
    one.row ??= lists[one.picture ? "picture" : "text"].appendChild(document.createElement("li"));
    one.row.tabIndex = -1;
    if (file.size > most) {
      const size = `${Math.ceil(file.size / 2 ** 20).toLocaleString()} MiB`;
      return fail(one, `${file.name} has ${size}; a file may have ${form.dataset.mostWords} at most.`);
    }
    // Sound and films stand in no text; what something is in the end, its bytes say.
    one.held = one.picture || /^(audio|video)\//.test(file.type) ? "" : hold(file.name);
    coming.add(one);
    const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 });
    bar.setAttribute("aria-label", file.name);
    one.bar = bar;
    write(one, `Uploading ${file.name}…`);
    one.row.append(bar, button("Cancel", file.name, () => (one.request ? one.request.abort() : stop(one))));
    tell(`Uploading ${file.name}…`);
    line = line.then(() => (coming.has(one) ? send(one) : null));
    touched();
  }

  function stop(one) {
    take(one);
    finish(one);
    one.row.remove();
    tell(`${one.file.name} was not uploaded.`);
    text.focus();
  }

  function send(one) {
    const body = new FormData();
    body.append("file", one.file);
    const request = new XMLHttpRequest();
    one.request = request;
    request.open("POST", form.dataset.uploads);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRFToken", document.querySelector('meta[name="csrf-token"]').content);
    request.responseType = "json";
    request.upload.addEventListener("progress", ({ loaded, total }) => (one.bar.value = loaded / total));
    return new Promise((done) => {
      request.addEventListener("abort", () => stop(one));
      request.addEventListener("load", () => {
        const told = request.response;
        if (request.status < 300 && told?.url) arrive(one, told);
        else fail(one, `${one.file.name} was not uploaded: ${told?.detail ?? "the server did not take it."}`);
      });
      request.addEventListener("error", () => {
        fail(one, `${one.file.name} was not uploaded: the server can't be reached just now.`);
      });
      request.addEventListener("loadend", () => done());
      request.send(body);
    });
  }

  function arrive(one, told) {
    const name = one.file.name;
    if (one.picture) {
      take(one);
      if (told.kind !== "image") return fail(one, `${name} is no picture.`);
      setPicture(told.url, name);
      one.row.remove();
    } else if (told.kind === "audio" || told.kind === "video") {
      take(one);
      attach(told);
      say(one, `${name} is among the files that come with the article.`);
    } else {
      const placed = put(one, told);
      const picture = told.kind === "image";
      const where = placed ? "is in the text." : "is uploaded. Its place in the text was taken out; it is under Media.";
      const shows = placed && picture ? (form.elements.form.value === "html" ? " Say in alt what it shows." : " Say between its [brackets] what it shows.") : "";
      say(one, `${name} ${where}${shows}`);
      if (picture) one.row.append(button("Set as picture", name, () => setPicture(told.url, name)));
    }
    finish(one);
  }

  function fail(one, words) {
    take(one);
    say(one, awaited ? `${words} Nothing was saved yet.` : words);
    one.row.firstChild.className = "failed";
    const drop = () => {
      one.row.remove();
      text.focus();
    };
    if (one.file.size <= most) one.row.append(button("Try again", one.file.name, () => begin({ file: one.file, picture: one.picture, row: one.row })));
    one.row.append(button("Dismiss", one.file.name, drop));
    wait(null); // nothing is saved without it unasked
    finish(one);
  }

  function finish(one) {
    coming.delete(one);
    touched();
    if (coming.size || !awaited) return;
    const submitter = awaited;
    wait(null);
    form.requestSubmit(submitter);
  }

  function wait(submitter) {
    awaited = submitter;
    form.dataset.waiting = submitter ? "Saving as soon as the files are uploaded." : "";
    if (submitter) tell(form.dataset.waiting);
    touched();
  }

  // What is shown of it

  function write(one, words) {
    const said = document.createElement("span");
    const focused = one.row.contains(document.activeElement);
    said.textContent = words;
    one.row.replaceChildren(said);
    if (focused) one.row.focus(); // whoever pressed a button there stays there
  }

  function say(one, words) {
    write(one, words);
    tell(words);
  }

  function tell(words) {
    says.textContent = words;
  }

  function button(words, name, does) {
    const made = document.createElement("button");
    const about = document.createElement("span");
    made.type = "button";
    made.className = "small";
    about.className = "unseen";
    about.textContent = ` ${name}`;
    made.append(words, about);
    made.addEventListener("click", does);
    return made;
  }

  const touched = () => form.dispatchEvent(new Event("input"));

  // Its place in the text

  let visited = document.activeElement === text;
  text.addEventListener("focus", () => (visited = true));

  function hold(name) {
    // Where nobody has put the caret yet, one adds at the end.
    if (!visited) text.setSelectionRange(text.value.length, text.value.length);
    visited = true;
    let held = `Uploading ${name}…`;
    for (let number = 2; text.value.includes(held); number += 1) held = `Uploading ${name} (${number})…`;
    const { selectionStart: start, selectionEnd: end, value } = text;
    const before = value.slice(0, start);
    const after = value.slice(end);
    // Amid a line it stands in it, else it is a paragraph of its own.
    const amid = /[^\n]$/.test(before) && /^[^\n]/.test(after);
    const lines = (breaks) => (amid ? "" : "\n".repeat(2 - breaks));
    const above = before ? lines(/\n*$/.exec(before.slice(-2))[0].length) : "";
    const below = after ? lines(/^\n*/.exec(after.slice(0, 2))[0].length) : "";
    replace(start, end, above + held + below, start + above.length + held.length);
    return held;
  }

  function put(one, told) {
    const at = one.held ? text.value.indexOf(one.held) : -1;
    if (one.held && at < 0) return false;
    const html = form.elements.form.value === "html";
    const words = html ? told.html : told.markdown;
    if (at < 0) {
      // Its kind was not known before: it goes where one writes.
      replace(text.selectionStart, text.selectionEnd, words, text.selectionStart + words.length);
      return true;
    }
    const end = at + one.held.length;
    const here = document.activeElement === text && text.selectionStart === end && text.selectionEnd === end;
    // Whoever waits there goes on with what the picture shows.
    const inside = words.startsWith("![") ? 2 : words.startsWith("<img") ? words.indexOf('alt="') + 5 : words.length;
    replace(at, end, words, here ? at + inside : null);
    one.held = "";
    return true;
  }

  function take(one) {
    const { value } = text;
    const at = one.held ? value.indexOf(one.held) : -1;
    if (at >= 0) {
      // With the empty line that parted it from what is above.
      const end = at + one.held.length;
      const alone = value.slice(0, at).endsWith("\n\n") && (end === value.length || value[end] === "\n");
      replace(alone ? at - 2 : at, end, "", null);
    }
    one.held = "";
  }

  // Put words in the place of others: so that it can be undone where one writes. The caret goes to
  // `caret`, or stays where it is in the text.
  function replace(start, end, words, caret) {
    const { selectionStart, selectionEnd } = text;
    const moved = (at) => (at >= end ? at + words.length - (end - start) : Math.min(at, start + words.length));
    const [x, y, top] = [scrollX, scrollY, text.scrollTop];
    text.setSelectionRange(start, end);
    const undoable = document.activeElement === text && document.execCommand(words ? "insertText" : "delete", false, words);
    if (!undoable) text.setRangeText(words, start, end, "end");
    if (caret === null) {
      text.setSelectionRange(moved(selectionStart), moved(selectionEnd));
      text.scrollTop = top;
      scrollTo(x, y);
    } else text.setSelectionRange(caret, caret);
  }

  // Among the files of the article, or its picture

  const known = () => [...form.querySelectorAll(".file-row")];
  const of = (row, name) => row.querySelector(`[name=file_${name}]`);

  function attach(told) {
    document.getElementById("files").closest("details").open = true;
    if (known().some((row) => of(row, "url").value === told.url)) return;
    if (of(known().at(-1), "url").value) addRow();
    const row = known().at(-1);
    for (const name of ["url", "type", "length", "duration"]) of(row, name).value = told[name] ?? "";
    const { duration } = form.elements;
    if (told.kind === "audio" && !duration.value) duration.value = told.duration;
    of(row, "url").dispatchEvent(new Event("input", { bubbles: true }));
  }

  const picks = [...form.querySelectorAll(".picks button")];
  const pressed = () => {
    for (const pick of picks) pick.setAttribute("aria-pressed", String(pick.value === form.elements.image.value));
  };

  function setPicture(url, name) {
    form.elements.image.value = url;
    form.elements.image.closest("details").open = true;
    tell(`${name} is the article's picture.`);
    pressed();
    touched();
  }

  for (const pick of picks) {
    pick.type = "button";
    pick.addEventListener("click", () => setPicture(pick.value, pick.querySelector("bdi").textContent));
  }
  form.elements.image.addEventListener("input", pressed);
  pressed();

  // Saving waits for what is on its way; leaving is asked about.

  form.addEventListener("submit", (event) => {
    if (!coming.size || event.submitter?.formTarget) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    wait(event.submitter);
  });
  window.addEventListener("beforeunload", (event) => {
    if (coming.size) event.preventDefault();
  });
}
