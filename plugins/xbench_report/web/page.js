// Language, colours, tooltips, and the start. The hash remembers the choices: nothing is stored.
(() => {
  const root = document.documentElement;
  const choices = document.getElementById("choices");
  const theme = document.getElementById("theme");
  const tip = document.getElementById("tip");
  const kept = new URLSearchParams(location.hash.slice(1));

  function remember(name, value) {
    kept.set(name, value);
    history.replaceState(null, "", `#${kept}`);
  }

  function speak(language) {
    words.use(language);
    for (const button of choices.querySelectorAll("[data-lang]"))
      button.setAttribute("aria-pressed", String(button.dataset.lang === words.language));
    tables.forget();
    tables.filter();
    details.refresh();
  }

  function colour(name) {
    theme.value = ["light", "dark"].includes(name) ? name : "auto";
    if (theme.value === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme.value;
  }

  for (const button of choices.querySelectorAll("[data-lang]"))
    button.addEventListener("click", () => { speak(button.dataset.lang); remember("lang", button.dataset.lang); });
  theme.addEventListener("change", () => { colour(theme.value); remember("theme", theme.value); });

  // A jump within the page leaves the hash, with its choices, alone.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const target = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!target) return;
    event.preventDefault();
    target.scrollIntoView();
    target.focus({ preventScroll: true });
  });

  // One tooltip for all: its text is what the notes below say, and aria-describedby points there.
  let owner = null;
  function show(element) {
    owner = element;
    tip.textContent = words.say(element.dataset.tip) + (element.dataset.tip === "help.interval" ? ` ${words.say("help.picture")}` : "");
    tip.hidden = false;
    const box = element.getBoundingClientRect(), own = tip.getBoundingClientRect();
    const left = Math.min(Math.max(box.left, 8), root.clientWidth - own.width - 8);
    const below = box.bottom + 6 + own.height < innerHeight;
    tip.style.left = `${Math.max(left, 8)}px`;
    tip.style.top = `${below ? box.bottom + 6 : Math.max(box.top - own.height - 6, 8)}px`;
  }
  function hide() {
    owner = null;
    tip.hidden = true;
  }
  const tipped = (event) => event.target.closest?.("[data-tip]");
  for (const name of ["mouseover", "focusin", "click"])
    document.addEventListener(name, (event) => { const element = tipped(event); if (element) show(element); });
  document.addEventListener("mouseout", (event) => {
    if (tipped(event) && !tip.contains(event.relatedTarget)) hide();
  });
  tip.addEventListener("mouseleave", hide);
  document.addEventListener("focusout", (event) => { if (tipped(event)) hide(); });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && owner) hide(); });
  addEventListener("scroll", hide, { passive: true, capture: true });

  choices.hidden = false;
  colour(kept.get("theme"));
  speak(kept.get("lang") ?? (/^zh/i.test(navigator.language) ? "zh" : "en"));
})();
