"""Scripts that measure the chat on a page."""

NARROW = {"width": 320, "height": 256}
"""A window of 1280 × 1024 at 400 % (WCAG 2.2, 1.4.10)."""

ROOT = 'document.querySelector("#acedesk-widget").shadowRoot'
SMALL_TARGETS = f"""() => [...{ROOT}.querySelectorAll("a, button, input, textarea, [tabindex='0']")]
  .filter((element) => element.checkVisibility())
  // A link within a sentence is excepted.
  .filter((element) => !(element.matches(".body a")))
  .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
  .filter(([, box]) => box.width < 24 || box.height < 24)
  .map(([html, box]) => `${{html}}: ${{box.width}} x ${{box.height}}`)"""
SPACED = f"""() => {{
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* {{ line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important; }} p {{ margin-bottom: 2em !important; }}`);
  {ROOT}.adoptedStyleSheets = [...{ROOT}.adoptedStyleSheets, sheet];
}}"""
LOST = f"""() => {{
  const lost = [];
  for (const element of {ROOT}.querySelectorAll("*")) {{
    if (!element.checkVisibility() || element.closest(".hidden, svg, .following .meta")) continue;
    const text = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const box = element.getBoundingClientRect();
    const control = element.matches("button, textarea, input, progress");
    if (!text && !control) continue;
    const words = element.textContent.slice(0, 30);
    const name = `${{element.tagName}}.${{element.className}} "${{words}}"`;
    if (box.left < -1 || box.right > innerWidth + 1) lost.push(`${{name}} leaves the screen`);
    const style = getComputedStyle(element);
    const cut = style.overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1;
    if (cut && !element.matches("textarea")) lost.push(`${{name}} is cut`);
    if (element.matches("button") && element.scrollHeight > element.clientHeight + 3)
      lost.push(`${{name}} is higher than its button`);
  }}
  return lost;
}}"""
