'use strict';
// Small modules beside messaging that clients name: pictures, settings of this browser, devices, channels' constants.
{
  const { module, use, prefs } = __sim;

  module('WAWebAddWebpMetadata', (exports) => {
    // What the page writes into a sticker says who made it; receivers here do not look.
    exports.addWebpMetadata = (bytes, _metadata) => bytes;
  });

  module('WAWebImageUtils', (exports) => {
    const STICKER_EDGE = 512;
    /** A picture as a square sticker, in the middle and as large as it fits. */
    exports.toWebpSticker = async (file) => {
      const bitmap = await createImageBitmap(file);
      const scale = STICKER_EDGE / Math.max(bitmap.width, bitmap.height);
      const [width, height] = [bitmap.width * scale, bitmap.height * scale];
      const canvas = document.createElement('canvas');
      canvas.width = STICKER_EDGE;
      canvas.height = STICKER_EDGE;
      canvas.getContext('2d').drawImage(bitmap, (STICKER_EDGE - width) / 2, (STICKER_EDGE - height) / 2, width, height);
      bitmap.close();
      const drawn = await new Promise((resolve) => canvas.toBlob(resolve, 'image/webp'));
      const bytes = use('WAWebAddWebpMetadata').addWebpMetadata(await drawn.arrayBuffer(), { isFirstParty: false, emojis: [] });
      return new Blob([bytes], { type: 'image/webp' });
    };

    /** Duration in whole seconds, and a picture of the film for each edge asked for. */
    exports.generateVideoThumbsAndDuration = async ({ file, maxDimensions }) => {
      const video = document.createElement('video');
      const url = URL.createObjectURL(file);
      try {
        await new Promise((resolve, reject) => {
          video.onloadeddata = resolve;
          video.onerror = () => reject(new Error(video.error?.code === 4 ? 'MEDIA_ERR_SRC_NOT_SUPPORTED' : 'video load error'));
          video.muted = true;
          video.src = url;
        });
        const { videoWidth: fullWidth, videoHeight: fullHeight } = video;
        const thumbs = maxDimensions.map((edge) => {
          const scale = Math.min(1, edge / Math.max(fullWidth, fullHeight));
          const canvas = document.createElement('canvas');
          canvas.width = Math.max(1, Math.round(fullWidth * scale));
          canvas.height = Math.max(1, Math.round(fullHeight * scale));
          canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
          return { url: canvas.toDataURL('image/jpeg'), width: canvas.width, height: canvas.height, fullWidth, fullHeight };
        });
        return { duration: Math.trunc(video.duration) || 0, thumbs };
      } finally {
        URL.revokeObjectURL(url);
      }
    };
  });

  module('WAWebBotMessageSecret', (exports) => {
    exports.genBotMsgSecretFromMsgSecret = async (secret) => {
      const key = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits']);
      const info = new TextEncoder().encode('Bot Message');
      return new Uint8Array(await crypto.subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(32), info }, key, 256));
    };
  });

  module('WAWebApiDeviceList', (exports) => {
    /** Devices of people that were met; null for others. Everybody but oneself has a phone only. */
    exports.getDeviceIds = async (wids) => {
      const { ContactCollection } = use('WAWebContactCollection');
      const me = use('WAWebUserPrefsMeUser');
      return wids.map((wid) => {
        if (!ContactCollection.get(wid)) return null;
        const own = me.isMeAccount(wid) ? me.getMaybeMeDevicePn()?.device : undefined;
        return { id: wid.toString(), devices: [0, own].filter((id, i) => i === 0 || id).map((id) => ({ id, isHosted: false })) };
      });
    };
    exports.hasDevice = async (wid, device) => {
      const [known] = await exports.getDeviceIds([wid]);
      return device === 0 || Boolean(known?.devices.some(({ id }) => id === device));
    };
  });

  module('WAWebUserPrefsNotifications', (exports) => {
    const stored = (name, initial) => {
      const key = `notifications-${name}`;
      exports[`get${name}`] = () => {
        const value = prefs.local(key);
        return typeof value === 'boolean' ? value : initial;
      };
      exports[`set${name}`] = (on) => prefs.setLocal(key, on === true);
    };
    stored('GlobalSounds', true);
    stored('GlobalNotifications', false);
    stored('GlobalCallNotifications', true);
    stored('GlobalOfflineNotifications', false);
    stored('GlobalPreviews', true);
  });

  module('WAWebL10N', (exports) => {
    const locale = new Intl.Locale(navigator.language || 'en-US');
    exports.default = {
      getLocale: () => locale.baseName.replace('-', '_'),
      getFullLocale: () => locale.baseName,
      getLanguage: () => locale.language,
      getRegion: () => locale.region ?? locale.maximize().region,
    };
  });

  module('WAWebNewsletterModelUtils', (exports) => {
    exports.DEFAULT_NEWSLETTER_ADMIN_COUNT = 1;
    exports.MUTED_STATE = -1;
    exports.UNMUTED_STATE = 0;
    exports.ADMIN_NOTIFICATIONS = 'admin';
    exports.FOLLOWER_NOTIFICATIONS = 'follower';
    exports.isMembershipAdminOrOwner = (type) => type === 'admin' || type === 'owner';
    exports.isMuted = (expiration) => expiration === exports.MUTED_STATE;
  });

  module('WAWebDrawerManager', (exports) => {
    // There are no drawers to show anything in.
    exports.DrawerManager = {
      openDrawerLeft() {}, openDrawerMid() {}, openDrawerRight() {}, closeDrawerLeft() {}, closeDrawerMid() {}, closeDrawerRight() {},
    };
  });

  module('WAWebDBCreateOrUpdateReactions', (exports) => {
    exports.createOrUpdateReactions = async (rows) => rows;
  });
}
