'use strict';
for (const plot of document.querySelectorAll('.plot[data-texts]')) {
  const svg = plot.querySelector('svg');
  const texts = plot.dataset.texts.split('|');
  const slice = Number(plot.dataset.slice);
  const words = plot.appendChild(document.createElement('p'));
  const line = document.createElementNS(svg.namespaceURI, 'line');
  line.setAttribute('class', 'pointer');
  line.setAttribute('y2', '100%');
  plot.addEventListener('pointermove', event => {
    const box = svg.getBoundingClientRect();
    const at = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 0.99999) * 1000;
    const index = Math.min(Math.floor(at / slice), texts.length - 1);
    const x = Math.min((index + 0.5) * slice, 1000) / 10 + '%';
    words.textContent = texts[index];
    line.setAttribute('x1', x);
    line.setAttribute('x2', x);
    svg.append(line);
  });
  plot.addEventListener('pointerleave', () => {
    words.textContent = '';
    line.remove();
  });
}
