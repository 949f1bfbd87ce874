'use strict';
// Phone number texts and links.
{
  const { module, use } = __sim;

  module('WAPhoneFindCC', (exports) => {
    // ITU E.164 country codes: all of one and two digits; every other one has three.
    const SHORT = new Set(`1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82
      84 86 90 91 92 93 94 95 98`.split(/\s+/));
    exports.findCC = (text) => {
      const digits = String(text).replace(/\D/g, '');
      for (const length of [1, 2]) if (SHORT.has(digits.slice(0, length))) return digits.slice(0, length);
      return digits.slice(0, 3);
    };
    exports.phoneCC = (jid) => exports.findCC(String(jid).split('@')[0]);
  });

  module('WAWebPhoneUtils', (exports) => {
    const group = (digits) => {
      const head = digits.slice(0, Math.max(0, digits.length - 4));
      return head ? `${head}-${digits.slice(-4)}` : digits;
    };
    /** `+55 11 98888-7777`; takes a wid or an address text. Addresses without a number come out as they are. */
    exports.formattedPhoneNumber = (wid) => {
      const [user, server = 'c.us'] = String(wid).split('@');
      if (server === 'lid') return user;
      const digits = user.split(':')[0];
      if (!/^\d{5,}$/.test(digits)) return user;
      const cc = use('WAPhoneFindCC').findCC(digits);
      const rest = digits.slice(cc.length);
      if (cc === '1' && rest.length === 10) return `+1 (${rest.slice(0, 3)}) ${group(rest.slice(3))}`;
      // Brazilian mobile numbers have nine digits behind the area code.
      const local = cc === '55' && rest.length > 10 ? 9 : 8;
      if (rest.length <= local) return `+${cc} ${group(rest)}`;
      return `+${cc} ${rest.slice(0, -local)} ${group(rest.slice(-local))}`;
    };
  });

  module('WALinkify', (exports) => {
    const LINK = /(?:(https?|ftp):\/\/|www\.)?(?:[a-z0-9\u00a1-\uffff](?:[a-z0-9\u00a1-\uffff-]*[a-z0-9\u00a1-\uffff])?\.)+[a-z\u00a1-\uffff]{2,}(?::\d{2,5})?(?:[/?#][^\s]*)?/gi;
    const TLDS = new Set(`com org net edu gov io co br app dev me info biz us uk de fr es it pt nl be ch at se no dk fi pl ru in cn jp kr au
      ca mx ar cl pe tv ai ly gl gg eu link page site online store shop xyz cloud tech local`.split(/\s+/));

    const toLink = (match) => {
      const url = match[0].replace(/[.,!?;:'")\]}>]+$/, '');
      const scheme = match[1] ? `${match[1].toLowerCase()}://` : '';
      const rest = scheme ? url.slice(scheme.length) : url;
      const [, domain, path = ''] = /^([^/?#]+)(.*)$/.exec(rest) ?? [];
      if (!domain || (!scheme && !TLDS.has(domain.split(':')[0].split('.').pop().toLowerCase()))) return null;
      const query = path.indexOf('?');
      return {
        url, index: match.index, input: match.input, scheme, domain, path: query < 0 ? path : path.slice(0, query),
        params: query < 0 ? '' : path.slice(query + 1), href: scheme ? url : `http://${url}`, isHttp: scheme === '' || scheme.startsWith('http'),
        username: '', suspiciousCharacters: null, type: 'link',
      };
    };
    // Word by word: the pattern's cost grows with the square of the length of what it is given.
    const WORD_MAX = 2048;
    exports.findLinks = (text) => {
      if (typeof text !== 'string' || !text.includes('.')) return [];
      const links = [];
      for (const { 0: word, index } of text.matchAll(/\S+/g)) {
        if (!word.includes('.') || word.length > WORD_MAX) continue;
        for (const match of word.matchAll(LINK)) {
          const link = word[match.index - 1] === '@' ? null : toLink(match);
          if (link) links.push({ ...link, index: index + link.index, input: text });
        }
      }
      return links;
    };
    exports.findLink = (text) => exports.findLinks(text)[0] ?? null;
  });
}
