// What the page does better with JavaScript. Everything works without it; hooks are data-ent-* attributes, words
// come from the server.

const words = document.body.dataset;
const icon = document.createElement("template");
icon.innerHTML =
  '<svg class="i" viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="M12 8v4M12 16h.01"/></svg>';

const on = (type, selector, react) =>
  document.addEventListener(type, (event) => {
    const found = event.target.closest?.(selector);
    if (found) react(found, event);
  });

// Menus (details) close with Escape, and by a click or a focus elsewhere.
const openMenus = () => document.querySelectorAll("details[data-ent-menu][open]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
for (const type of ["click", "focusin"]) {
  document.addEventListener(type, ({ target }) => {
    for (const menu of openMenus()) {
      if (!menu.contains(target) || target === menu) menu.open = false;
    }
  });
}

// A dialog instead of the page that its link leads to.
on("click", "[data-ent-dialog]", (opener, event) => {
  const dialog = document.getElementById(opener.dataset.entDialog);
  if (!dialog?.showModal || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  dialog.showModal();
});
on("click", "dialog", (dialog, event) => {
  if (event.target === dialog && event.detail) dialog.close();
});

// Show what is typed in a password field.
for (const button of document.querySelectorAll("[data-ent-reveal]")) button.hidden = false;
on("click", "[data-ent-reveal]", (button) => {
  const input = button.parentElement.querySelector("input");
  const show = input.type === "password";
  input.type = show ? "text" : "password";
  button.setAttribute("aria-pressed", show);
});
on("submit", "form", (form) => {
  for (const shown of form.querySelectorAll(".reveal input[type=text]")) shown.type = "password";
});

// A secret that follows the # of the address: no log has seen it. It goes into its field, and leaves the address.
const fill = () => {
  const secret = /^#([\w-]{10,})$/.exec(location.hash)?.[1];
  const input = document.querySelector("[data-ent-fragment]");
  if (!secret || !input) return;
  input.value = secret;
  history.replaceState(null, "", location.pathname);
  input.form.querySelector("button:not([type=button])").focus();
};
fill();
addEventListener("hashchange", fill);

// Print this page: without JavaScript, the browser's own menu does.
for (const button of document.querySelectorAll("[data-ent-print]")) button.hidden = false;
on("click", "[data-ent-print]", () => print());

// At a desk: "/" goes to the search box, the arrows walk through what was found.
document.addEventListener("keydown", (event) => {
  const box = document.querySelector("[data-ent-search]");
  const rows = [...document.querySelectorAll("[data-ent-results] a")];
  const typing = event.target.closest("input, textarea, select");
  if (!box || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "/" && !typing) {
    event.preventDefault();
    box.focus();
    box.select();
  } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && (!typing || typing === box) && rows.length) {
    event.preventDefault();
    const next = rows.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
    (next < 0 ? box : rows[Math.min(next, rows.length - 1)]).focus();
  }
});

// A form is sent once: the button says so until the next page comes.
const rest = (form) => {
  delete form.dataset.entSent;
  for (const button of form.querySelectorAll("[aria-busy]")) {
    button.removeAttribute("aria-busy");
    const label = button.querySelector("[data-ent-label]");
    label?.replaceWith(label.dataset.entLabel);
  }
};
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("hx-post")) return;
  if (form.dataset.entSent) return event.preventDefault();
  form.dataset.entSent = "yes";
  if (submitter?.formMethod === "dialog") return rest(form);
  if (submitter?.matches(".button")) {
    const text = [...submitter.childNodes].find((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (text) {
      const label = document.createElement("span");
      label.dataset.entLabel = text.data;
      label.textContent = submitter.dataset.entBusy || words.entSending;
      submitter.style.minWidth = `${submitter.offsetWidth}px`;
      text.replaceWith(label);
    }
    submitter.setAttribute("aria-busy", "true");
  }
  setTimeout(rest, 10000, form); // the answer was a download
});
addEventListener("pageshow", () => document.querySelectorAll("[data-ent-sent]").forEach(rest));

// Leaving with something typed and not sent asks first.
const typed = new Set();
on("input", "form[data-ent-guard]", (form) => typed.add(form));
on("submit", "form[data-ent-guard]", (form) => typed.delete(form));
addEventListener("beforeunload", (event) => {
  if ([...typed].some((form) => form.isConnected)) event.preventDefault();
});

// A draft is kept by the server as it is typed ([data-ent-draft], by htmx). When the session is over meanwhile, what was
// typed waits in this tab, for the same person, until they have signed in again.
const waiting = () => `ent-draft ${location.pathname}`;
const setAside = (keeper) => {
  const form = keeper.closest("form");
  const fields = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken");
  sessionStorage.setItem(waiting(), JSON.stringify({ whose: keeper.dataset.entDraft, fields }));
  typed.delete(form);
};
const takeUp = (keeper) => {
  const { whose, fields } = JSON.parse(sessionStorage.getItem(waiting()) ?? "{}");
  sessionStorage.removeItem(waiting());
  if (whose !== keeper.dataset.entDraft) return;
  const form = keeper.closest("form");
  for (const field of form.querySelectorAll("input, textarea")) {
    if (["hidden", "file"].includes(field.type)) continue;
    const values = fields.filter(([name]) => name === field.name).map(([, value]) => value);
    if (["radio", "checkbox"].includes(field.type)) field.checked = values.includes(field.value);
    else if (values.length) field.value = values[0];
  }
  typed.add(form);
  keeper.dispatchEvent(new Event("change", { bubbles: true }));
};
document.querySelectorAll("[data-ent-draft]").forEach(takeUp);
document.addEventListener("htmx:afterRequest", ({ detail: { elt, successful } }) => {
  if (successful && elt.matches("[data-ent-draft]")) typed.delete(elt.closest("form"));
});

// Text areas grow; most browsers do it by the stylesheet alone.
if (!CSS.supports("field-sizing", "content")) {
  const grow = (area) => {
    area.style.height = "auto";
    area.style.height = `${area.scrollHeight + 2}px`;
  };
  document.querySelectorAll("textarea[data-ent-autosize]").forEach(grow);
  on("input", "textarea[data-ent-autosize]", grow);
}

// Files: name what was chosen, and what is too big before it travels.
const size = (octets) =>
  `${(octets / (octets < 1e6 ? 1e3 : 1e6)).toLocaleString("fr", { maximumFractionDigits: octets < 1e6 ? 0 : 1 })}\u00a0${octets < 1e6 ? "ko" : "Mo"}`;
on("change", "input[type=file]", (input) => {
  const list = input.parentElement.querySelector("[data-ent-chosen]");
  if (!list) return;
  const limit = Number(input.dataset.entMaxBytes) || Infinity;
  list.replaceChildren(
    ...[...input.files].map((file) => {
      const [item, line, small] = ["li", "span", "small"].map((tag) => document.createElement(tag));
      const tooBig = file.size > limit;
      line.textContent = file.name;
      small.textContent = tooBig ? `${size(file.size)} : ${input.dataset.entTooBig}` : size(file.size);
      line.classList.toggle("too-big", tooBig);
      line.append(small);
      item.append(line);
      return item;
    }),
  );
});

// Notices can be put away.
const closable = (root) => {
  for (const toast of root.querySelectorAll(".toast:not(:has(button.close))")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button quiet small close";
    button.textContent = words.entClose;
    button.addEventListener("click", () => toast.remove());
    toast.append(button);
  }
};
closable(document);

// htmx: a busy button, and a failure said in the row where it happened.
const rowOf = (element) => element.closest("[data-ent-row], li, tr") ?? element.closest("form, .card") ?? element;
const say = (element, text) => {
  const row = rowOf(element);
  const place = row.querySelector(".body") ?? row;
  row.querySelector(".problem")?.remove();
  const problem = document.createElement("p");
  problem.className = "problem";
  problem.setAttribute("role", "alert");
  problem.append(icon.content.cloneNode(true), text);
  place.append(problem);
};
document.addEventListener("htmx:beforeRequest", (event) => {
  rowOf(event.detail.elt).querySelector(".problem")?.remove();
  const { elt } = event.detail;
  (elt.matches(".button, .tick") ? elt : elt.querySelector(".button, .tick"))?.setAttribute("aria-busy", "true");
});
document.addEventListener("htmx:afterRequest", (event) => {
  const { elt } = event.detail;
  (elt.hasAttribute("aria-busy") ? elt : elt.querySelector("[aria-busy]"))?.removeAttribute("aria-busy");
});
for (const type of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(type, (event) => say(event.detail.elt, words.entOffline));
}
document.addEventListener("htmx:responseError", (event) => say(event.detail.elt, words.entFailed));
document.addEventListener("htmx:beforeSwap", (event) => {
  // A whole page instead of a part: the session is over, or the server sent somewhere else. Go there.
  const { xhr, boosted } = event.detail;
  if (!boosted && xhr.status < 400 && /^\s*<!doctype/i.test(xhr.responseText)) {
    event.detail.shouldSwap = false;
    const { elt } = event.detail.requestConfig;
    if (elt.matches("[data-ent-draft]")) {
      // Where they are, and not on the page of the draft, is where they go on once they have signed in.
      setAside(elt);
      return location.reload();
    }
    location.assign(xhr.responseURL);
  }
});
document.addEventListener("htmx:afterSettle", (event) => {
  closable(document);
  for (const button of event.detail.elt.querySelectorAll?.("[data-ent-reveal]") ?? []) button.hidden = false;
});
