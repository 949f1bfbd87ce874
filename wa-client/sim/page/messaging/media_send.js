'use strict';
// Preparing, uploading, sending and downloading media.
{
  const { module, use, wire } = __sim;
  const base64 = (buffer) => {
    const bytes = new Uint8Array(buffer);
    let text = '';
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return btoa(text);
  };

  module('WAWebProcessRawMedia', (exports) => {
    const errors = () => use('WAWebMediaFileErrors');

    async function drawn(blob, maxEdge, mimetype, quality) {
      const bitmap = await createImageBitmap(blob).catch(() => {
        throw new (errors().InvalidImageFileType)();
      });
      const scale = Math.min(1, maxEdge / Math.max(bitmap.width, bitmap.height));
      const canvas = document.createElement('canvas');
      canvas.width = Math.max(1, Math.round(bitmap.width * scale));
      canvas.height = Math.max(1, Math.round(bitmap.height * scale));
      canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height);
      bitmap.close();
      const result = await new Promise((resolve) => canvas.toBlob(resolve, mimetype, quality));
      return { blob: result, width: canvas.width, height: canvas.height };
    }

    async function loaded(tag, blob) {
      const element = document.createElement(tag);
      const url = URL.createObjectURL(blob);
      try {
        await new Promise((resolve, reject) => {
          element.onloadedmetadata = resolve;
          element.onerror = () => reject(new (errors().InvalidMediaCheckRepairFailedType)());
          element.preload = 'metadata';
          element.src = url;
        });
        return { duration: Math.round(element.duration) || 0, width: element.videoWidth, height: element.videoHeight };
      } finally {
        URL.revokeObjectURL(url);
      }
    }

    /** What the bytes become according to the options, as attributes of media data. */
    exports.processRawMedia = async (data, options) => {
      const mimetype = data.type();
      const kind = options.asDocument ? 'document' : options.asSticker ? 'sticker' : options.isPtt ? 'ptt' : options.isAudio ? 'audio' : use('WAWebFileUtils').typeFromMimetype(mimetype);
      if (data.size() === 0) throw new (errors().MediaFileEmpty)();
      const limit = use('WAWebMediaGatingUtils').getUploadLimit(kind);
      if (data.size() > limit) {
        throw new (errors().MediaFileTooLarge)('MediaFileTooLarge', { mediaType: kind, uploadLimit: limit, actualSize: data.size() });
      }
      if (kind === 'document' && mimetype === 'image/svg+xml') throw new (errors().InvalidMediaFileType)(`disallowed mimetype ${mimetype}`);
      let blob = data.forceToBlob();
      const values = { type: kind, mimetype, filename: options.filename ?? blob.name };
      if (kind === 'image') {
        const maxEdge = options.maxDimension ?? use('WAWebABProps').getABPropConfigValue('web_image_max_edge');
        const full = await drawn(blob, maxEdge, 'image/jpeg', 0.92);
        const thumbnail = await drawn(blob, 100, 'image/jpeg', 0.5);
        blob = full.blob;
        Object.assign(values, { mimetype: 'image/jpeg', filename: undefined, width: full.width, height: full.height, preview: base64(await thumbnail.blob.arrayBuffer()) });
      } else if (kind === 'video') {
        Object.assign(values, await loaded('video', blob), { isGif: Boolean(options.asGif) });
      } else if (kind === 'audio' || kind === 'ptt') {
        Object.assign(values, { duration: (await loaded('audio', blob)).duration, ...options.precomputedFields });
      } else if (kind === 'sticker' && mimetype !== 'image/webp') {
        const sticker = await drawn(blob, 512, 'image/webp', 0.9);
        blob = sticker.blob;
        Object.assign(values, { mimetype: 'image/webp', width: sticker.width, height: sticker.height });
      }
      const OpaqueData = use('WAWebMediaOpaqueData').default;
      const filehash = await use('WAMediaCalculateFilehash').calculateFilehash(blob);
      const mediaObject = use('WAWebMediaStorage').getOrCreateMediaObject(filehash);
      const mediaBlob = await OpaqueData.createFromData(blob, values.mimetype);
      mediaObject.set({ type: values.type, size: blob.size, mimetype: values.mimetype, mediaBlob });
      mediaObject.contentInfo.waveform = values.waveform ?? null;
      return { ...values, size: blob.size, filehash, mediaBlob, mediaStage: 'EXISTS' };
    };
  });

  module('WAWebPrepRawMedia', (exports) => {
    exports.prepRawMedia = (data, options = {}) => {
      const { OUTWARD_TYPES } = use('WAWebMediaTypes');
      const kinds = { isPtt: 'PTT', asDocument: 'DOCUMENT', asGif: 'VIDEO', isAudio: 'AUDIO', asSticker: 'STICKER', asStickerPack: 'STICKER_PACK' };
      const kind = Object.keys(kinds).find((option) => options[option] === true);
      const work = Promise.resolve(data).then((bytes) => use('WAWebProcessRawMedia').processRawMedia(bytes, options));
      return new (use('WAWebMediaPrep').MediaPrep)(OUTWARD_TYPES[kinds[kind] ?? 'UNKNOWN'], work);
    };
  });

  module('WAWebMediaPrep', (exports) => {
    exports.MediaPrep = class MediaPrep {
      /** `work` resolves with the attributes of the media data. */
      constructor(baseType, work) {
        const MediaData = use('WAWebMediaData').default;
        this.baseType = baseType;
        this.mediaData = new MediaData({ mediaStage: 'PREPARING' });
        this.work = work.then(
          (values) => void this.mediaData.set(values),
          (error) => {
            this.mediaData.mediaStage = 'ERROR_UNSUPPORTED';
            throw error;
          },
        );
        this.work.catch(() => {}); // heard by whoever waits for it
      }
      async waitForPrep() {
        await this.work;
        return this.mediaData;
      }
      sendToChat({ chat, earlyUpload, options = {} }) {
        return exports.sendMediaMsgToChat({ chat, options, prep: this, earlyUpload });
      }
    };

    exports.getMediaPropsNew = async (prep, options = {}) => {
      const media = await prep.waitForPrep();
      const { caption, quotedMsg, type, ...rest } = options;
      const props = {
        type: media.type, size: media.size, filehash: media.filehash, mimetype: media.mimetype, width: media.width, height: media.height,
        duration: media.duration, waveform: media.waveform, filename: media.filename, body: media.preview, caption, isGif: media.isGif,
        isViewOnce: options.isViewOnce, messageSecret: crypto.getRandomValues(new Uint8Array(32)), ...rest,
      };
      if (media.type === 'document') {
        props.isVcardOverMmsDocument = false;
        if (caption && type === 'document') props.isCaptionByUser = true;
      }
      return Object.fromEntries(Object.entries(props).filter(([name, value]) => value !== undefined && name !== 'productMsgOptions'));
    };

    exports.sendMediaMsgToChat = async ({ chat, options, prep }) => {
      const { SendMsgResult } = use('WAWebSendMsgResultAction');
      let msg;
      try {
        const props = await exports.getMediaPropsNew(prep, options);
        // What the file is wins over what the caller says of it.
        const data = {
          ...(await use('WAWebMsgDataUtils').genOutgoingMsgData(chat, props.type)),
          ...use('WAWebGetEphemeralFieldsMsgActionsUtils').getEphemeralFields(chat),
          ...(options.quotedMsg ? options.quotedMsg.msgContextInfo(chat.id) : {}),
          ...options.productMsgOptions,
          ...props,
          caption: options.caption,
        };
        msg = await chat.addQueue.enqueue(() => __sim.outgoing.addToChat(chat, data));
      } catch (error) {
        if (chat.id.isStatus() || chat.id.isNewsletter()) throw error;
        return { messageSendResult: SendMsgResult.ERROR_UNKNOWN };
      }
      const uploaded = await use('WAWebMediaUploadMediaWithPrep').uploadMediaWithPrep(msg, { prep });
      if (uploaded.kind !== 'success') {
        msg.set({ ack: -1, isSendFailure: true });
        const result = uploaded.kind === 'cancellation' ? SendMsgResult.ERROR_CANCELLED : SendMsgResult.ERROR_UPLOAD;
        return { messageSendResult: result };
      }
      const result = await chat.sendQueue.enqueue(() => use('WAWebSendMsgRecordAction').sendMsgRecord(msg));
      return { ...result, msg };
    };
  });

  module('WAWebMediaUpdateMsg', (exports) => {
    exports.default = async (msg, props) => {
      const { definition } = msg._schema;
      msg.set(Object.fromEntries(Object.entries(props).filter(([name, value]) => value !== undefined && definition[name])));
    };
  });

  module('WAWebMediaUploadMediaWithPrep', (exports) => {
    exports.uploadMediaWithPrep = async (msg, { prep }) => {
      const media = await prep.waitForPrep();
      msg.mediaData.set({ mediaStage: 'UPLOADING', size: media.size, filehash: media.filehash });
      const mediaObject = use('WAWebMediaStorage').getOrCreateMediaObject(media.filehash);
      const result = await use('WAWebMediaMmsV4Upload').uploadMedia({ mimetype: media.mimetype, mediaObject, mediaType: use('WAWebMmsMediaTypes').msgToMediaType(media) });
      const entry = result.mediaEntry;
      if (!entry) {
        msg.mediaData.set({ mediaStage: 'NEED_UPLOAD' });
        return result;
      }
      await use('WAWebMediaUpdateMsg').default(msg, {
        directPath: entry.directPath, mediaKey: entry.mediaKey, mediaKeyTimestamp: entry.mediaKeyTimestamp, encFilehash: entry.encFilehash,
        deprecatedMms3Url: entry.deprecatedMms3Url, streamingSidecar: entry.sidecar, firstFrameSidecar: entry.firstFrameSidecar,
      });
      msg.mediaData.set({ mediaStage: 'RESOLVED' });
      return result;
    };
  });

  module('WAWebMediaMmsV4Upload', (exports) => {
    const upload = async ({ mediaObject, mediaType, signal }, encrypted) => {
      mediaObject.uploadStage = 'UPLOADING';
      const manager = use('WAWebUploadManager').default;
      try {
        const blob = mediaObject.mediaBlob.forceToBlob();
        const info = await (encrypted ? manager.encryptAndUpload({ blob, type: mediaType, signal }) : manager.unencryptedUpload({ blob, type: mediaType, signal }));
        mediaObject.set({ uploadStage: 'UPLOADED', loadedSize: blob.size });
        const entry = { ...info, mmsUrl: info.url, deprecatedMms3Url: info.url, uploadHash: info.encFilehash };
        mediaObject.entries.latest = entry;
        return { kind: 'success', mediaEntry: entry };
      } catch (error) {
        if (error.name === 'AbortError') return { kind: 'cancellation' };
        mediaObject.uploadStage = { 403: 'ERROR_FORBIDDEN', 507: 'ERROR_THROTTLED', 413: 'ERROR_TOO_LARGE' }[error.status] ?? 'NEED_UPLOAD';
        return { kind: 'error', error };
      }
    };
    exports.uploadMedia = (options) => upload(options, true);
    exports.uploadUnencryptedMedia = (options) => upload(options, false);
    exports.cancelUploadMedia = (mediaObject) => {
      mediaObject.uploadStage = 'NEED_UPLOAD';
    };
  });

  module('WAWebUploadManager', (exports) => {
    const { calculateFilehash, getRandomFilehash } = use('WAMediaCalculateFilehash');
    const put = async (blob, fields) => {
      const stored = await wire.request('upload', { base64: base64(await blob.arrayBuffer()), mimetype: blob.type, ...fields });
      return { url: new URL(stored.url, location.href).href, directPath: new URL(stored.url, location.href).pathname };
    };
    // The simulated media host stores plain bytes; keys and hashes have the shape of the real ones.
    exports.default = {
      async encryptAndUpload({ blob, type, mediaKey }) {
        const where = await put(blob, { type });
        return {
          ...where, mediaKey: mediaKey ?? (await getRandomFilehash()), mediaKeyTimestamp: Math.floor(Date.now() / 1000),
          encFilehash: await calculateFilehash(new Blob([blob, 'encrypted'])), sidecar: undefined, firstFrameSidecar: undefined,
        };
      },
      async unencryptedUpload({ blob, type }) {
        const where = await put(blob, { type });
        return { ...where, handle: await getRandomFilehash(), filehash: await calculateFilehash(blob) };
      },
    };
  });

  // ---- download ----------------------------------------------------------------------------------

  module('WAWebDownloadManager', (exports) => {
    const failure = (name, status) => Object.assign(new Error(name), { name, status });
    exports.downloadManager = {
      async downloadAndMaybeDecrypt({ directPath, filehash, signal, downloadQpl, mediaKey, type, onProgress }) {
        downloadQpl.addAnnotations({ string: { mediaType: type } });
        const { LruMediaStore } = use('WAWebMediaStore');
        const kept = await LruMediaStore.get(filehash);
        if (kept) return kept;
        if (!mediaKey && !String(type).startsWith('newsletter-')) {
          throw Object.assign(new Error(`missing key for type ${type}`), { name: 'MediaDecryptionError' });
        }
        const response = await fetch(directPath, { signal }).catch((error) => {
          throw error.name === 'AbortError' ? error : failure('HttpNetworkError');
        });
        if (response.status === 404 || response.status === 410) throw failure('MediaNotFoundError', 404);
        if (!response.ok) throw failure('HttpStatusCodeError', response.status);
        const bytes = await response.arrayBuffer();
        onProgress?.({ loaded: bytes.byteLength });
        if (filehash && (await use('WAMediaCalculateFilehash').calculateFilehash(new Blob([bytes]))) !== filehash) {
          throw Object.assign(new Error('plaintext hash mismatch'), { name: 'MediaDecryptionError' });
        }
        await LruMediaStore.put(filehash, bytes);
        return bytes;
      },
      async rmr() {
        throw failure('MediaNotFoundError', 404);
      },
    };
  });

  module('WAWebMediaMmsV4Download', (exports) => {
    exports.downloadMedia = async (options) => use('WAWebDownloadManager').downloadManager.downloadAndMaybeDecrypt(options);
  });

  module('WAWebMediaDownloadMsg', (exports) => {
    /** Downloads into the caches; resolves on failure too, and does nothing in a chat that is not trusted unless a person asked. */
    exports.downloadMsg = async ({ msg, isUserInitiated, shouldThrowAbortError }) => {
      const chat = use('WAWebFrontendMsgGetters').getMaybeChat(msg);
      if (!isUserInitiated && chat && !chat.isTrusted()) return;
      if (!msg.mediaData || msg.mediaData.mediaStage === 'RESOLVED') return;
      msg.mediaData.set({ mediaStage: 'FETCHING' });
      try {
        const bytes = await use('WAWebDownloadManager').downloadManager.downloadAndMaybeDecrypt({
          directPath: msg.directPath, encFilehash: msg.encFilehash, filehash: msg.filehash, mediaKey: msg.mediaKey, type: use('WAWebMmsMediaTypes').getMsgMediaType(msg),
          signal: new AbortController().signal, downloadQpl: use('WAWebStartMediaDownloadQpl').startMediaDownloadQpl(),
        });
        const blob = new Blob([bytes], { type: msg.mimetype });
        use('WAWebMediaInMemoryBlobCache').InMemoryMediaBlobCache.put(msg.filehash, blob);
        const mediaBlob = await use('WAWebMediaOpaqueData').default.createFromData(blob, msg.mimetype);
        msg.mediaData.set({ mediaBlob, mediaStage: 'RESOLVED' });
      } catch (error) {
        msg.mediaData.set({ mediaStage: error.status === 404 ? 'ERROR_MISSING' : 'NEED_POKE' });
        if (shouldThrowAbortError) throw error;
      }
    };
  });

  module('WAWebMediaProduct', (exports) => {
    /** A picture of a catalogue entry, unencrypted; answers its address. */
    exports.uploadProductImage = async (data, _filehash, _index, _isNew) => {
      const { url } = await use('WAWebUploadManager').default.unencryptedUpload({ blob: data.forceToBlob(), type: 'product-catalog-image' });
      return url;
    };
  });

  module('WAWebMedia', (exports) => {
    // Gathers what other modules have, as the page's own module of this name does.
    Object.assign(exports, use('WAWebMediaProduct'));
    exports.MediaPrep = use('WAWebMediaPrep').MediaPrep;
    exports.prepRawMedia = use('WAWebPrepRawMedia').prepRawMedia;
    exports.downloadMsg = use('WAWebMediaDownloadMsg').downloadMsg;
  });

  // ---- on the wire ---------------------------------------------------------------------------------

  const hexToBase64 = (hex) => btoa(String.fromCharCode(...hex.match(/../g).map((pair) => parseInt(pair, 16))));
  __sim.media = {
    inboundFields(media, type) {
      const filehash = /^[0-9a-f]{64}$/.test(media.sha256 ?? '') ? hexToBase64(media.sha256) : media.sha256;
      return {
        mimetype: media.mimetype, size: media.size, filename: media.filename ?? undefined, caption: media.caption ?? undefined, directPath: media.url,
        filehash, encFilehash: filehash, mediaKey: filehash, mediaKeyTimestamp: Math.floor(Date.now() / 1000),
        ...(type === 'document' ? { isVcardOverMmsDocument: false } : {}),
      };
    },
    /** The file was uploaded before; the server knows it by the last part of its path. */
    outboundFields: (msg) => ({
      media: msg.directPath?.split('/').at(-1), mimetype: msg.mimetype, filename: msg.filename ?? null, caption: msg.caption ?? null,
    }),
  };
}
