// The screen alone: blessed itself loads all its widgets.
declare module 'blessed/lib/widgets/screen.js' {
  const Screen: (options: object) => unknown;
  export default Screen;
}
