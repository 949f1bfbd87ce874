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

  /** Calls `render` at most once per interval, in an animation frame; a hidden page rests. */
  function painter(render, everyMs) {
    let waiting = false;
    return () => {
      if (waiting) return;
      waiting = true;
      setTimeout(() => requestAnimationFrame(() => {
        waiting = false;
        render();
      }), everyMs);
    };
  }

  __sim.dom = { el, painter };
}
