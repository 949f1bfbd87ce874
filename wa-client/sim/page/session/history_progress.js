'use strict';

// How far the history of a fresh login has come.
{
  const { module, use } = __sim;

  module('WAWebHistorySyncProgressModel', (exports) => {
    const { BaseModel, defineModel, prop } = use('WAWebBaseModel');

    class HistorySyncProgress extends BaseModel {
      static attributes = {
        id: prop('HISTORY_SYNC_PROGRESS'),
        incomplete: prop(false),
        realProgress: prop(null),
        fakeProgress: prop(0),
        remainingPausedSeconds: prop(null),
      };

      setProgress(percent) {
        this.set({ realProgress: percent, fakeProgress: 0 });
      }

      setIncomplete(incomplete) {
        this.incomplete = incomplete;
      }

      setPaused(paused) {
        this.remainingPausedSeconds = paused ? 1200 : null;
      }
    }

    let model = null;
    exports.HistorySyncProgressModel = defineModel(HistorySyncProgress);
    exports.getHistorySyncProgressModel = () => (model ||= new HistorySyncProgress());
  });
}
