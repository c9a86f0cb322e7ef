/**
 * The library behind the command line: open an image, index its layers, fold them, read snapshots. Everything here is
 * documented where it is defined; what is not exported here may change.
 */
export { openImage, listImages, type OpenedImage, type OpenOptions } from './images/open.js';
export { type Change, type ChangeKind, changes } from './layers/changes/changes.js';
export { blame, type BlameStep } from './layers/changes/blame.js';
export { type Content, readContents } from './layers/read/content.js';
export { type DeletedFile, find, findDeleted, type FindQuery } from './layers/search/find.js';
export { historyOf, type Step } from './layers/history/history.js';
export { indexImage, type IndexedLayer, type IndexOptions } from './layers/index/index-image.js';
export { entriesOf, type LayerIndex } from './layers/index/layer-index.js';
export { openUnion } from './layers/union/open-union.js';
export { resolvePath } from './layers/union/resolve.js';
export { fileAt, type SnapshotFile } from './layers/union/snapshot-file.js';
export type { Union } from './layers/union/union.js';
export { unite } from './layers/union/unite.js';
export { childrenOf, walk } from './layers/union/walk.js';
export { type Anomaly, severityOf } from './model/anomaly.js';
export type { Entry, EntryKind, FileKind } from './model/entry.js';
export { StrataError } from './model/error.js';
export type { Image, Layer } from './model/image.js';
export { DEFAULT_LIMITS, type Limits } from './model/limits.js';
export { decodeName, encodeName } from './model/name.js';
export { openStore, type Store } from './store/store.js';
export { storePaths } from './store/paths.js';
