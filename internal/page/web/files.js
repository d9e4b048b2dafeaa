// The files that were dropped, as the file system of the program: it reads them by the
// calls with which it reads a disk, so that the same code finds the hosts. Nothing is
// read before the program asks for it, and nothing is written.
function dropped() {
  "use strict";
  const DIR = 0o040000, FILE = 0o100000;
  let nodes, open, nextOpen, nextNode, kept, held;

  function node(file) { return { id: ++nextNode, file: file, entries: file ? null : new Map() }; }

  // mount puts the files in place of those before. Paths have slashes and no "..".
  function mount(list) {
    nextNode = 0;
    nodes = node(null);
    open = new Map();
    kept = new Map();
    held = 0;
    nextOpen = 10;
    for (const one of list) {
      const parts = one.path.split("/"), name = parts.pop();
      let at = nodes;
      for (const part of parts) {
        if (!at.entries.has(part)) { at.entries.set(part, node(null)); }
        at = at.entries.get(part);
        if (!at.entries) { break; }
      }
      if (at.entries) { at.entries.set(name, node(one.file)); }
    }
  }

  function failure(code) {
    const e = new Error(code);
    e.code = code;
    return e;
  }

  function find(path) {
    let at = nodes;
    for (const part of path.split("/")) {
      if (part === "" || part === ".") { continue; }
      at = at && at.entries ? at.entries.get(part) : undefined;
    }
    if (!at) { throw failure("ENOENT"); }
    return at;
  }

  function stat(n) {
    const size = n.file ? n.file.size : 0;
    const time = n.file && n.file.lastModified || 0;
    return {
      dev: 1, ino: n.id, mode: n.file ? FILE | 0o444 : DIR | 0o555, nlink: 1, uid: 0, gid: 0, rdev: 0, size: size, blksize: 4096, blocks: 0,
      atimeMs: time, mtimeMs: time, ctimeMs: time, isDirectory: function () { return !n.file; },
    };
  }

  function opened(fd) {
    if (!open.has(fd)) { throw failure("EBADF"); }
    return open.get(fd);
  }

  // Each question to the browser for a part of a file takes about a millisecond, and the
  // program asks several times for each file: first what it is, later what it says. So
  // small files are asked for once and kept, the last of them up to a bound, in bytes.
  const small = 1 << 20, bound = 64 << 20;

  function bytesOf(file, from, to) { return new Uint8Array(new FileReaderSync().readAsArrayBuffer(file.slice(from, to))); }

  function content(n) {
    if (!kept.has(n)) {
      kept.set(n, bytesOf(n.file, 0, n.file.size));
      held += n.file.size;
      for (const [old, bytes] of kept) {
        if (held <= bound) { break; }
        kept.delete(old);
        held -= bytes.length;
      }
    }
    return kept.get(n);
  }

  function read(fd, buffer, offset, length, position) {
    const f = opened(fd);
    if (!f.node.file) { throw failure("EISDIR"); }
    const from = position === null ? f.at : position, size = f.node.file.size;
    if (from >= size) { return 0; }
    const to = Math.min(from + length, size);
    const bytes = size <= small ? content(f.node).subarray(from, to) : bytesOf(f.node.file, from, to);
    buffer.set(bytes, offset);
    if (position === null) { f.at += bytes.length; }
    return bytes.length;
  }

  // answering gives the result of f to the callback that comes last, as the calls of
  // Node do which the program expects.
  function answering(f) {
    return function () {
      const args = Array.prototype.slice.call(arguments), callback = args.pop();
      let result;
      try {
        result = f.apply(null, args);
      } catch (e) {
        if (!e.code || typeof e.code !== "string") { e.code = e.name === "NotFoundError" ? "ENOENT" : e.name === "NotReadableError" ? "EACCES" : "EIO"; }
        callback(e);
        return;
      }
      callback(null, result);
    };
  }

  const decoder = new TextDecoder();
  const calls = {
    mount: mount,
    constants: { O_WRONLY: 1, O_RDWR: 2, O_CREAT: 64, O_TRUNC: 512, O_APPEND: 1024, O_EXCL: 128, O_DIRECTORY: 65536 },
    writeSync: function (fd, bytes) { console.error(decoder.decode(bytes)); return bytes.length; },
    write: answering(function (fd, bytes) { return calls.writeSync(fd, bytes); }),
    stat: answering(function (path) { return stat(find(path)); }),
    lstat: answering(function (path) { return stat(find(path)); }),
    fstat: answering(function (fd) { return stat(opened(fd).node); }),
    readdir: answering(function (path) {
      const n = find(path);
      if (!n.entries) { throw failure("ENOTDIR"); }
      return Array.from(n.entries.keys());
    }),
    open: answering(function (path, flags) {
      if (flags & (1 | 2 | 64 | 512 | 1024)) { throw failure("EROFS"); }
      open.set(++nextOpen, { node: find(path), at: 0 });
      return nextOpen;
    }),
    close: answering(function (fd) { open.delete(fd); }),
    read: answering(read),
    fsync: answering(function () {}),
  };
  // What would change something does not exist here.
  for (const name of ["chmod", "chown", "fchmod", "fchown", "ftruncate", "lchown", "link", "mkdir", "readlink", "rename", "rmdir", "symlink", "truncate", "unlink", "utimes"]) {
    calls[name] = answering(function () { throw failure("EROFS"); });
  }
  mount([]);
  return calls;
}
