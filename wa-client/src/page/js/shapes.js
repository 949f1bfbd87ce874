'use strict';

// What something of the page must be for the script to use it. Only what is read is looked at: a page that has more, or has it
// otherwise made, is as good. Each answers what is wrong, or nothing.

const aFunction = (value) => (typeof value === 'function' ? undefined : 'not a function');

const aText = (value) => (['string', 'number'].includes(typeof value) ? undefined : 'not a text');

const anObject = (value) => (value !== null && ['object', 'function'].includes(typeof value) ? undefined : 'not an object');

/** An object with these methods. */
function having(...methods) {
  return (value) => anObject(value) ?? lacking(methods.filter((name) => typeof value[name] !== 'function'));
}

/** An object with these texts, and with `on`. */
function modelOf(...texts) {
  return (value) => having('on')(value) ?? lacking(texts.filter((name) => typeof value[name] !== 'string'));
}

/** An object of constants, these among them. */
function constants(...names) {
  return (value) => anObject(value) ?? lacking(names.filter((name) => value[name] === undefined));
}

function lacking(names) {
  return names.length ? `lacks ${names.join(', ')}` : undefined;
}

// ---- answers --------------------------------------------------------------------------------

const isNothing = (value) => value === undefined || value === null;

/** An address, or nothing. */
const isAddress = (value) => isNothing(value) || addressOf(value) !== undefined;

/** The bytes of a key. */
const isKey = (value) => anObject(value) === undefined && value.byteLength > 0;
