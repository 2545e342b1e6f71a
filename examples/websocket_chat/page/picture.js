// The round picture of a person: a colour and a letter, both of the name.

const graphemes = new Intl.Segmenter();

/** Gives an element with a picture the colour and the letter of a name. */
export function paint(element, name) {
  let hash = 7;
  for (const char of name) hash = (hash * 31 + char.codePointAt(0)) % 3600;
  element.style.setProperty("--hue", hash / 10);
  const [first] = graphemes.segment(name);
  element.querySelector(".picture").textContent = (first?.segment ?? "").toLocaleUpperCase();
}

/** A copy of what the server's template makes of nothing, to be filled. */
export function blank(template) {
  return document.getElementById(template).content.firstElementChild.cloneNode(true);
}
