// What is used of blessed's modules: blessed itself loads all its widgets.

declare module 'blessed/lib/widgets/screen.js' {
  const Screen: (options: object) => unknown;
  export default Screen;
}

declare module 'blessed/lib/tput.js' {
  type Value = string | number | boolean | undefined;
  const Tput: {
    readonly prototype: {
      _compile: (this: unknown, info: object, key: string, value: Value) => unknown;
    };
  };
  export default Tput;
}
