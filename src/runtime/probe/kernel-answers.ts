/** What the kernel of this machine was found to let this user do: true, or why not. */
export type Answer = true | string;

/** All that is tried in a mount namespace that is gone afterwards. */
export interface KernelAnswers {
  /** Mounting overlayfs. */
  readonly overlay: Answer;
  /** Mounting EROFS from files on the store's file system. */
  readonly erofs: Answer;
  /** Shifting the ids of a mount on the store's file system. */
  readonly idmap: Answer;
  /** Terminals of a container's own. */
  readonly devpts: Answer;
}
