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
  const MOST_SHARE = 1 / 100;

  /** Calls `render` at most once per interval, in an animation frame, and less often while it takes long; a hidden page rests. */
  function painter(render, everyMs) {
    let waiting = false;
    let restUntil = 0;
    return () => {
      if (waiting) return;
      waiting = true;
      setTimeout(() => requestAnimationFrame(() => {
        waiting = false;
        const start = performance.now();
        render();
        const end = performance.now();
        restUntil = end + (end - start) / MOST_SHARE;
      }), Math.max(everyMs, restUntil - performance.now()));
    };
  }

  __sim.dom = { el, painter };
}
