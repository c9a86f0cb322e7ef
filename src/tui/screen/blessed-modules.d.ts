// What is used of blessed's modules: blessed itself loads all its widgets.

declare module 'blessed/lib/widgets/screen.js' {
  const Screen: (options: object) => unknown;
  export default Screen;
}

declare module 'blessed/lib/program.js' {
  const Program: { (options: object): unknown; readonly prototype: object };
  export default Program;
}
