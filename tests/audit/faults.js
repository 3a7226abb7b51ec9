// Run in the page by browser.rs.
const faults = [];
const all = (selector) => [...document.querySelectorAll(selector)];
if (!document.documentElement.lang) faults.push('no language');
if (!document.title.trim()) faults.push('no title');
for (const landmark of ['main', 'header', 'nav', 'footer']) {
  if (all(landmark).length !== 1) faults.push(landmark + ': ' + all(landmark).length);
}
if (all('h1').length !== 1) faults.push('h1: ' + all('h1').length);
let level = 1;
for (const head of all('h1, h2, h3, h4')) {
  const next = Number(head.tagName[1]);
  if (next > level + 1) faults.push('heading skips a level: ' + head.textContent);
  level = next;
}
for (const head of all('th')) if (!head.scope) faults.push('th without scope: ' + head.textContent);
for (const table of all('table')) if (!table.caption) faults.push('table without caption');
for (const field of all('input, select')) if (!field.labels.length) faults.push('no label: ' + field.id);
for (const button of all('button')) if (!button.textContent.trim()) faults.push('button without a name');
for (const part of all('section')) {
  const by = part.getAttribute('aria-labelledby');
  if (!by || !document.getElementById(by)) faults.push('section without a name');
}
for (const image of all('svg')) {
  const named = image.getAttribute('aria-hidden') === 'true' ||
    (image.getAttribute('role') === 'img' && document.getElementById(image.getAttribute('aria-labelledby')));
  if (!named) faults.push('picture without a name');
}
for (const link of all('a[href^="#"]')) {
  if (!document.getElementById(link.hash.slice(1))) faults.push('link to nowhere: ' + link.hash);
}
const ids = all('[id]').map(element => element.id);
if (new Set(ids).size !== ids.length) faults.push('an id twice');
const luminance = (colour) => {
  const parts = colour.match(/[\d.]+/g).slice(0, 3).map(part => {
    const value = part / 255;
    return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
};
const contrast = (one, other) => {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
};
const behind = (element) => {
  for (let at = element; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (!/, 0\)$/.test(colour)) return colour;
  }
  return 'rgb(255, 255, 255)';
};
const measured = new Set();
for (const element of all('body *')) {
  const words = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
  if (!words || element.offsetParent === null || element.closest('svg')) continue;
  const style = getComputedStyle(element);
  const ratio = contrast(style.color, behind(element));
  measured.add(style.color + behind(element));
  if (ratio < 4.5) faults.push('contrast ' + ratio.toFixed(2) + ': ' + element.textContent.slice(0, 40));
}
for (const bar of all('.chart rect')) {
  const style = getComputedStyle(bar);
  const colour = style.fill === 'none' ? style.stroke : style.fill;
  const ratio = contrast(colour, getComputedStyle(document.body).backgroundColor);
  if (ratio < 3) faults.push('bar contrast ' + ratio.toFixed(2) + ': ' + bar.className.baseVal);
}
for (const text of all('.chart text')) {
  const ratio = contrast(getComputedStyle(text).fill, getComputedStyle(document.body).backgroundColor);
  if (ratio < 4.5) faults.push('chart text contrast ' + ratio.toFixed(2));
}
if (measured.size < 3) faults.push('too few colours measured');
return faults;
