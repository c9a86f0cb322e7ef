/**
 * Everything odd that strata recognises and goes on from. Severity: `note` legal but worth knowing; `warning` other
 * readers may see it differently, or it breaks a SHOULD; `error` it breaks a MUST: `verify` ends with 3, and `extract`
 * and `export` refuse it unless told otherwise. `docs/anomalies.md` is made from this table.
 */
export const ANOMALY_CODES = {
  // tar structure
  'tar-no-end-marker': { severity: 'note', meaning: 'The archive ends without its two zero blocks.' },
  'tar-data-after-end': {
    severity: 'warning',
    meaning:
      'Bytes other than zero follow the end-of-archive marker; Go and GNU tar do not see them, `tar -i` does.',
  },
  'tar-members-after-end': {
    severity: 'warning',
    meaning: 'Whole members follow the end-of-archive marker: hidden from Docker, containerd and GNU tar.',
  },
  'tar-signed-checksum': {
    severity: 'note',
    meaning: 'The header checksum is the signed sum of old Sun tars.',
  },
  'tar-unknown-type': {
    severity: 'warning',
    meaning: 'The type flag is unknown; read as a regular file (POSIX), skipped by others.',
  },
  'tar-ignored-type': {
    severity: 'note',
    meaning: 'A volume header, dump directory or other member without a file was skipped.',
  },
  'tar-truncated-padding': {
    severity: 'note',
    meaning: 'The archive ends inside the padding of its last member.',
  },
  'tar-link-with-data': {
    severity: 'warning',
    meaning:
      'A link or other member without content states a size; zero was taken as Go does, so readers that skip that many bytes see other members.',
  },
  'tar-header-unused': {
    severity: 'warning',
    meaning: 'An extension header (PAX x, GNU L or K) has no member after it, or another one replaces it.',
  },
  'tar-number-invalid': {
    severity: 'warning',
    meaning: 'A numeric field (mode, owner, time, device) is not a number or out of range; zero was taken.',
  },
  'tar-mode-bits': { severity: 'note', meaning: 'The mode has bits beyond 07777, which were dropped.' },
  'tar-name-empty': { severity: 'warning', meaning: 'A member has no name and was skipped.' },
  'tar-name-conflict': {
    severity: 'warning',
    meaning:
      'A GNU long name and a PAX path name the member differently; Go takes the former, GNU tar the latter.',
  },
  'tar-file-with-slash': {
    severity: 'warning',
    meaning:
      'The name of a regular file ends in a slash; GNU tar and bsdtar make a directory of it, Go does not.',
  },
  'tar-lone-zero-block': {
    severity: 'warning',
    meaning:
      'A single zero block with more behind it; the archive ends there for GNU tar and for us, Go refuses it.',
  },
  'tar-nul-in-name': {
    severity: 'warning',
    meaning: 'A name or link target holds a NUL byte; cut there, as the kernel would.',
  },
  // PAX
  'pax-record-invalid': {
    severity: 'warning',
    meaning: 'A PAX record has a value its key does not allow; it was ignored.',
  },
  'pax-duplicate-record': { severity: 'note', meaning: 'A PAX key is given twice; the last one counts.' },
  'pax-size-conflict': {
    severity: 'warning',
    meaning: 'The PAX size differs from the size in the header; readers that ignore one see other members.',
  },
  'pax-global-header': {
    severity: 'note',
    meaning: 'A global PAX header applies to all members after it; Docker, containerd and podman ignore it.',
  },
  'pax-global-path': {
    severity: 'warning',
    meaning: 'A global PAX header sets a path, link, size or xattr for all members; readers differ.',
  },
  'pax-charset': { severity: 'warning', meaning: 'hdrcharset is neither UTF-8 nor BINARY.' },
  // sparse
  'sparse-data-unused': {
    severity: 'warning',
    meaning:
      'The map of a sparse file does not use all of its data; GNU tar skips the rest, Go refuses the file.',
  },
  'sparse-digest-skipped': {
    severity: 'note',
    meaning:
      'The sparse files of the layer up to this one have too many zeros in their holes for its content to be digested.',
  },
  // names
  'path-parent': { severity: 'warning', meaning: 'The name has `..` components, resolved by their text.' },
  'path-escape': {
    severity: 'error',
    meaning:
      'The name has `..` components that lead above the root; they stay at the root. Docker refuses such a layer.',
  },
  'path-absolute': { severity: 'note', meaning: 'The name is absolute; read as relative to the root.' },
  'path-not-utf8': { severity: 'note', meaning: 'The name is not valid UTF-8.' },
  'path-control': {
    severity: 'warning',
    meaning: 'The name holds control, bidirectional or invisible characters.',
  },
  'path-through-symlink': {
    severity: 'warning',
    meaning:
      'The member or whiteout lies below a symbolic link of a lower layer; tools differ: here the link is replaced by a directory, as overlayfs does.',
  },
  'path-through-own-symlink': {
    severity: 'note',
    meaning:
      'The member lies below a symbolic link that its own layer placed before it; it is where the link leads.',
  },
  'path-through-dangling-symlink': {
    severity: 'warning',
    meaning:
      'The member lies below a symbolic link of its own layer that leads to what the layer does not have; it is placed there as umoci does, podman refuses the layer.',
  },
  'path-symlink-loop': {
    severity: 'error',
    meaning:
      'The member lies below symbolic links of its own layer that go round, are too many or make too long a path; extractors fail on it; it was ignored.',
  },
  'root-not-directory': {
    severity: 'error',
    meaning: 'A member would replace the root directory by something else; it was ignored.',
  },
  // links and types
  'hardlink-target-missing': {
    severity: 'error',
    meaning: 'A hard link names a file that does not exist at that point; it was ignored.',
  },
  'hardlink-target-directory': {
    severity: 'error',
    meaning: 'A hard link names a directory; it was ignored.',
  },
  'hardlink-across-layers': { severity: 'note', meaning: 'A hard link names a file of a lower layer.' },
  'hardlink-forward': {
    severity: 'error',
    meaning: 'A hard link names a member that only comes later; extractors fail on it.',
  },
  'hardlink-to-itself': { severity: 'warning', meaning: 'A hard link names its own path; it was ignored.' },
  'duplicate-member': {
    severity: 'warning',
    meaning: 'The path is in the layer twice; the last one counts.',
  },
  'implied-directory': {
    severity: 'note',
    meaning:
      'A parent directory has no entry of its own; 0755 root:root is assumed where no lower layer has it.',
  },
  'parent-not-directory': {
    severity: 'warning',
    meaning:
      'A member lies below a file of the same layer; here the file is replaced by a directory, extractors fail.',
  },
  // whiteouts
  'whiteout-invalid': {
    severity: 'error',
    meaning: 'A whiteout names nothing, `.` or `..` (image-spec: MUST be an error); it was ignored.',
  },
  'whiteout-dangling': {
    severity: 'note',
    meaning: 'A whiteout names a path that is not there to be removed.',
  },
  'whiteout-reserved': {
    severity: 'note',
    meaning: 'A name that starts with `.wh..wh.` is metadata of old aufs stores; it was ignored.',
  },
  'whiteout-not-file': {
    severity: 'warning',
    meaning: 'A whiteout is not an empty regular file; it counts all the same.',
  },
  'whiteout-below': { severity: 'warning', meaning: 'A member lies below a whiteout name; it was ignored.' },
  'overlay-whiteout-device': {
    severity: 'warning',
    meaning: 'A character device 0:0 would hide the file below when overlayfs mounts the layer.',
  },
  'overlay-xattr': {
    severity: 'warning',
    meaning:
      'An overlayfs xattr (trusted.overlay.*, user.overlay.*) could redirect the mount; never written out.',
  },
  // blobs
  'blob-trailing-data': {
    severity: 'warning',
    meaning: 'Bytes follow the end of the compressed stream; gzip ignores them, Go refuses them.',
  },
  'blob-trailing-zeros': { severity: 'note', meaning: 'Zero bytes follow the end of the compressed stream.' },
  'blob-media-type': {
    severity: 'warning',
    meaning: 'The media type does not name the compression that the bytes have.',
  },
  'expansion-ratio': {
    severity: 'warning',
    meaning: 'The layer expands more than two hundredfold, to over 1 GiB.',
  },
  'layer-foreign': {
    severity: 'note',
    meaning: 'The layer is foreign or non-distributable; its bytes are elsewhere and are never fetched.',
  },
  'layer-absent': { severity: 'warning', meaning: "The layer's blob is not in the source." },
  'layer-encrypted': {
    severity: 'warning',
    meaning: 'The layer is encrypted; strata has no keys, so its content cannot be shown.',
  },
  'layer-windows': {
    severity: 'note',
    meaning: 'A Windows layer: files live under Files/, registry hives under Hives/.',
  },
  // images
  'history-mismatch': {
    severity: 'warning',
    meaning: 'The history does not have one non-empty step per layer.',
  },
  'history-absent': { severity: 'note', meaning: 'The configuration has no history.' },
  'layers-empty': {
    severity: 'warning',
    meaning: 'The manifest has no layers, though the configuration promises some; read as an empty image.',
  },
  'config-digest-mismatch': {
    severity: 'error',
    meaning: 'The configuration of a docker-archive does not have the digest it is named by.',
  },
  'config-field-invalid': {
    severity: 'warning',
    meaning: 'A field of the configuration has the wrong type and was ignored.',
  },
  'json-key-case': {
    severity: 'warning',
    meaning: 'A key differs from the specified one only by case; Go accepts it, strata does not.',
  },
  'manifest-media-type-absent': {
    severity: 'note',
    meaning: 'The manifest or its descriptor has no media type; taken from its content.',
  },
  'media-type-invalid': {
    severity: 'error',
    meaning:
      'A descriptor has no media type, or one that is not `type/subtype` (RFC 6838); told from the bytes.',
  },
  'media-type-mismatch': {
    severity: 'warning',
    meaning: 'A manifest says it is of the OCI kind and its descriptor of the Docker kind, or the reverse.',
  },
  'manifest-schema1': { severity: 'warning', meaning: 'A Docker schema 1 manifest.' },
  'descriptor-urls': { severity: 'note', meaning: 'A descriptor names URLs; they are never fetched.' },
  'layout-marker-absent': {
    severity: 'warning',
    meaning: 'The image layout has no oci-layout file; some tools refuse it.',
  },
  'platform-mismatch': {
    severity: 'warning',
    meaning: 'The index says another platform than the configuration, which counts.',
  },
  'platform-ambiguous': {
    severity: 'warning',
    meaning: 'Several manifests fit the platform; the first one was taken.',
  },
  'tag-ambiguous': { severity: 'warning', meaning: 'Several images claim the same tag.' },
  'archive-views-differ': {
    severity: 'warning',
    meaning:
      'index.json and manifest.json of the archive describe different images: Docker may load another one than is shown.',
  },
  'archive-duplicate-member': {
    severity: 'warning',
    meaning: 'The outer archive holds a member twice; the last one counts.',
  },
  'archive-trailing-data': { severity: 'warning', meaning: 'Bytes follow the end of the outer archive.' },
} as const satisfies Record<string, { severity: 'note' | 'warning' | 'error'; meaning: string }>;

export type AnomalyCode = keyof typeof ANOMALY_CODES;
