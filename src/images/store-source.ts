import { fail } from '../model/error.js';
import type { Reference } from '../model/reference.js';
import type { OpenContext } from './context.js';
import { nothingToClose, type OpenOptions, type Source } from './source.js';
import { holdFromStore, listStore, openFromStore } from './store.js';

/** Returns the store as a source of the image that a `store:` or bare name means. */
export function storeSource(reference: Reference, options: OpenOptions, context: OpenContext): Source {
  const { target, text } = reference;
  const { store } = options;
  return {
    open: async () => {
      const image = store === undefined ? undefined : await openFromStore(store, target, context);
      if (image !== undefined) {
        if (reference.transport === 'name') options.log?.(`reading ${image.name}`);
        return image;
      }
      return reference.transport === 'name'
        ? fail('E_NOT_FOUND', `opening '${text}': no such file, and no such image in the store`, {
            hint: `give a file or directory, or pipe the image: docker save ${target} | strata -`,
          })
        : fail('E_NOT_FOUND', `opening '${text}': no image of that name in the store`, {
            hint: 'STRATA_STORE, else XDG_DATA_HOME, says where the store is',
          });
    },
    all: () => (store === undefined ? Promise.resolve([]) : holdFromStore(store, target, context)),
    list: () => (store === undefined ? Promise.resolve([]) : listStore(store, context)),
    close: nothingToClose,
  };
}
