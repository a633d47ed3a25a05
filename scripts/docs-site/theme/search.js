// The search of the documentation: it loads the index when the field is used first.
/* global MiniSearch, docsSearch */

const siteTop = document.body.dataset.top;
const field = document.getElementById('search');
const found = document.getElementById('found');
let loading;

function loadIndex() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = `${siteTop}theme/search-index.js`;
    script.onload = () => resolve(MiniSearch.loadJSON(docsSearch.index, docsSearch.settings));
    script.onerror = () => reject(new Error('the index cannot be loaded'));
    document.head.append(script);
  });
  return loading;
}

async function show() {
  const words = field.value.trim();
  if (words === '') return found.replaceChildren();
  const index = await loadIndex();
  if (words !== field.value.trim()) return;
  const results = index.search(words, { prefix: true, combineWith: 'AND', boost: { heading: 4, title: 2 } });
  const items = results.slice(0, 12).map(({ heading, title, address }) => {
    const link = document.createElement('a');
    link.href = siteTop + address;
    link.textContent = heading === title ? title : `${title}: ${heading}`;
    const item = document.createElement('li');
    item.append(link);
    return item;
  });
  if (items.length === 0) {
    const item = document.createElement('li');
    item.textContent = 'Nothing has all of these words.';
    items.push(item);
  }
  found.replaceChildren(...items);
}

field.addEventListener('focus', loadIndex, { once: true });
field.addEventListener('input', show);
document.addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== field) {
    event.preventDefault();
    field.focus();
  }
  if (event.key === 'Escape' && document.activeElement === field) {
    field.value = '';
    found.replaceChildren();
  }
});
