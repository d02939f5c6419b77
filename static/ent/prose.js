// The editor of texts that are laid out. Without JavaScript the text area is there; with it, it goes on holding what
// is sent. The editor itself is a package's: its address comes from the page, whose names are hashed.

for (const box of document.querySelectorAll("[data-ent-prose]")) start(box);

async function start(box) {
  const tiptap = await import(box.dataset.entProseEditor);
  const textarea = box.querySelector("textarea");
  const toolbar = box.querySelector("[role=toolbar]");
  const surface = document.createElement("div");
  surface.className = "prose-surface";
  textarea.after(surface);

  // A formula that came as MathML is kept whole; one that is typed stays text until it is saved.
  const formula = tiptap.Node.create({
    name: "formula",
    group: "inline",
    inline: true,
    atom: true,
    addAttributes: () => ({ markup: { default: "", rendered: false } }),
    parseHTML: () => [{ tag: "math", getAttrs: (math) => ({ markup: math.outerHTML }) }],
    renderHTML: ({ node }) => {
      const parsed = new DOMParser().parseFromString(node.attrs.markup, "text/html").querySelector("math");
      return parsed ? document.importNode(parsed, true) : ["span", {}];
    },
  });
  const { Document, Paragraph, Text, HardBreak, Heading, Bold, Italic, Underline, Strike, Subscript, Superscript } = tiptap;
  const { BulletList, OrderedList, ListItem, Blockquote, HorizontalRule, Code, CodeBlock, History } = tiptap;
  const { Table, TableRow, TableHeader, TableCell, Gapcursor, Dropcursor } = tiptap;
  const link = tiptap.Mark.create({
    name: "link",
    inclusive: false,
    addAttributes: () => ({ href: { default: null } }),
    parseHTML: () => [{ tag: "a[href]" }],
    renderHTML: ({ HTMLAttributes }) => ["a", HTMLAttributes, 0],
  });
  const label = document.querySelector(`label[for="${textarea.id}"]`);
  if (label) label.id ||= `${textarea.id}_label`;

  const editor = new tiptap.Editor({
    element: surface,
    injectCSS: false, // the policy refuses styles that a script writes; ours are in the stylesheet
    content: textarea.value,
    extensions: [
      Document, Paragraph, Text, HardBreak, Heading.configure({ levels: [2, 3, 4] }), Bold, Italic, Underline, Strike,
      Subscript, Superscript, BulletList, OrderedList, ListItem, Blockquote, HorizontalRule, Code, CodeBlock, History,
      Table.configure({ resizable: false }), TableRow, TableHeader, TableCell, Gapcursor, Dropcursor, link, formula,
    ],
    editorProps: {
      attributes: {
        class: "prose",
        role: "textbox",
        "aria-multiline": "true",
        ...(label ? { "aria-labelledby": label.id } : {}),
        ...(textarea.hasAttribute("aria-describedby") ? { "aria-describedby": textarea.getAttribute("aria-describedby") } : {}),
        ...(textarea.hasAttribute("aria-invalid") ? { "aria-invalid": "true" } : {}),
      },
    },
    onUpdate: () => {
      textarea.value = editor.isEmpty ? "" : editor.getHTML();
      textarea.dispatchEvent(new Event("input", { bubbles: true }));
    },
    onTransaction: () => show(),
  });
  textarea.hidden = true;
  toolbar.hidden = false;
  label?.addEventListener("click", () => editor.commands.focus());
  // The summary of errors leads to the text area, which is not seen.
  addEventListener("hashchange", () => location.hash === `#${textarea.id}` && editor.commands.focus());

  const buttons = [...toolbar.querySelectorAll("button")];
  function show() {
    for (const button of buttons) {
      const name = button.dataset.entOn;
      const attributes = button.dataset.entLevel ? { level: Number(button.dataset.entLevel) } : {};
      if (name) button.setAttribute("aria-pressed", editor.isActive(name, attributes));
    }
  }

  // One stop of the keyboard for the whole bar, arrows inside it, as screen readers expect of a toolbar.
  buttons.forEach((button, place) => (button.tabIndex = place ? -1 : 0));
  toolbar.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const place = (buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length;
    buttons.forEach((button, other) => (button.tabIndex = other === place ? 0 : -1));
    buttons[place].focus();
  });

  toolbar.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    if (button.dataset.entAsk) return ask(button.dataset.entAsk);
    const level = button.dataset.entLevel;
    editor.chain().focus()[button.dataset.entDo](level ? { level: Number(level) } : undefined).run();
  });

  const put = {
    link(href) {
      const address = /^(https?:|mailto:)/.test(href) ? href : `https://${href}`;
      const chain = editor.chain().focus().extendMarkRange("link");
      if (!href) return chain.unsetMark("link").run();
      if (!editor.state.selection.empty || editor.isActive("link")) return chain.setMark("link", { href: address }).run();
      return chain.insertContent({ type: "text", text: href, marks: [{ type: "link", attrs: { href: address } }] }).run();
    },
    formula: (latex) => latex && editor.chain().focus().insertContent({ type: "text", text: `\\(${latex}\\)` }).run(),
  };
  function ask(kind) {
    const asked = box.querySelector(`[data-ent-asked=${kind}]`);
    const input = asked.querySelector("input");
    input.value = kind === "link" ? (editor.getAttributes("link").href ?? "") : "";
    asked.hidden = false;
    input.focus();
  }
  for (const asked of box.querySelectorAll("[data-ent-asked]")) {
    const input = asked.querySelector("input");
    const end = () => {
      asked.hidden = true;
      editor.commands.focus();
    };
    const answer = () => {
      asked.hidden = true;
      put[asked.dataset.entAsked](input.value.trim());
    };
    asked.addEventListener("click", ({ target }) => {
      const button = target.closest("button");
      if (button) button.hasAttribute("data-ent-cancel") ? end() : answer();
    });
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      event.key === "Enter" ? answer() : end();
    });
  }
}
