'use strict';

// Helpers of the visible page. Texts only ever go through `textContent`.
{
  /** Makes an element: `el('div', {class: 'row', title: 'x'}, 'text', child, …)`. */
  function el(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === 'function') element.addEventListener(name, value);
      else if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  }

  /** Painting takes at most this share of the page's time. */
  const MOST_SHARE = 1 / 20;

  /** Calls `render` at most once per interval, in an animation frame, and less often when it takes long; a hidden page rests. */
  function painter(render, everyMs) {
    let waiting = false;
    let restMs = everyMs;
    return () => {
      if (waiting) return;
      waiting = true;
      setTimeout(() => requestAnimationFrame(() => {
        waiting = false;
        const start = performance.now();
        render();
        restMs = Math.max(everyMs, (performance.now() - start) / MOST_SHARE);
      }), restMs);
    };
  }

  __sim.dom = { el, painter };
}
