-- What Lua's io lacks, by the C library (glibc, 64 bit). Functions give true or a value, or else nil and errno.
local ffi = require "ffi"
local C = ffi.C
local M = {}

ffi.cdef [[
typedef struct { int64_t tv_sec; long tv_nsec; } nubo_timespec;
typedef struct { uint64_t d_ino; int64_t d_off; uint16_t d_reclen; uint8_t d_type; char d_name[256]; } nubo_dirent;
typedef struct {
  uint32_t stx_mask, stx_blksize; uint64_t stx_attributes; uint32_t stx_nlink, stx_uid, stx_gid; uint16_t stx_mode, pad;
  uint64_t stx_ino, stx_size, stx_blocks, stx_attributes_mask;
  int64_t atime_s; uint64_t atime_ns; int64_t btime_s; uint64_t btime_ns; int64_t ctime_s; uint64_t ctime_ns;
  int64_t mtime_s; uint64_t mtime_ns; uint64_t rest[32];
} nubo_statx;
int mkdir(const char *path, unsigned int mode);
int rmdir(const char *path);
int link(const char *from, const char *to);
int rename(const char *from, const char *to);
int unlink(const char *path);
int open(const char *path, int flags, ...);
int close(int fd);
ssize_t write(int fd, const void *data, size_t count);
ssize_t pread(int fd, void *data, size_t count, long offset);
int fallocate(int fd, int mode, long offset, long count);
int futimens(int fd, const nubo_timespec times[2]);
int statx(int folder, const char *path, int flags, unsigned int mask, nubo_statx *found);
void *opendir(const char *path);
nubo_dirent *readdir(void *folder);
int closedir(void *folder);
]]

M.ENOENT, M.EEXIST, M.ENOTDIR, M.ENOSPC, M.ENOTEMPTY, M.EDQUOT = 2, 17, 20, 28, 39, 122
local O_WRONLY, O_CREAT, O_EXCL, O_CLOEXEC = 1, 0x40, 0x80, 0x80000
local AT_FDCWD, AT_SYMLINK_NOFOLLOW, STATX_BASIC = -100, 0x100, 0x7ff
local FOLDER, FILE = 4, 8
local PUNCH_HOLE_KEEP_SIZE = 3

local function result(code)
  if code >= 0 then
    return true
  end
  return nil, ffi.errno()
end

function M.mkdir(path) return result(C.mkdir(path, 0x1ed)) end
function M.rmdir(path) return result(C.rmdir(path)) end
function M.link(from, to) return result(C.link(from, to)) end
function M.rename(from, to) return result(C.rename(from, to)) end
function M.unlink(path) return result(C.unlink(path)) end

-- Opens a new file for writing; fails when there is one.
function M.create(path)
  local fd = C.open(path, O_WRONLY + O_CREAT + O_EXCL + O_CLOEXEC, ffi.cast("int", 0x1a4))
  if fd < 0 then
    return nil, ffi.errno()
  end
  return fd
end

function M.open_to_read(path, writable)
  local fd = C.open(path, (writable and 2 or 0) + O_CLOEXEC)
  if fd < 0 then
    return nil, ffi.errno()
  end
  return fd
end

function M.close(fd) return result(C.close(fd)) end

function M.write(fd, data)
  local done = 0
  while done < #data do
    local count = C.write(fd, ffi.cast("const char *", data) + done, #data - done)
    if count < 0 then
      return nil, ffi.errno()
    end
    done = done + tonumber(count)
  end
  return true
end

-- Fills `buffer` with what is at `offset`; gives the count of bytes.
function M.read_at(fd, buffer, size, offset) return tonumber(C.pread(fd, buffer, size, offset)) end

-- Gives the disk back what lies before `offset`; positions stay.
function M.forget_before(fd, offset) return result(C.fallocate(fd, PUNCH_HOLE_KEEP_SIZE, 0, offset)) end

-- Sets the time of last change, in seconds.
function M.set_time(fd, seconds)
  local times = ffi.new("nubo_timespec[2]")
  times[0].tv_sec, times[1].tv_sec = seconds, seconds
  return result(C.futimens(fd, times))
end

-- Count of links, size, and when the inode was changed last.
function M.stat(path)
  local found = ffi.new("nubo_statx")
  if C.statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC, found) < 0 then
    return nil, ffi.errno()
  end
  return { links = found.stx_nlink, size = tonumber(found.stx_size), changed = tonumber(found.ctime_s) }
end

-- The entries of a folder as { name, folder = boolean, file = boolean }; none when it is not there.
function M.entries(path)
  local found = {}
  local folder = C.opendir(path)
  if folder == nil then
    return found
  end
  local entry = C.readdir(folder)
  while entry ~= nil do
    local name = ffi.string(entry.d_name)
    if name ~= "." and name ~= ".." then
      found[#found + 1] = { name = name, folder = entry.d_type == FOLDER, file = entry.d_type == FILE }
    end
    entry = C.readdir(folder)
  end
  C.closedir(folder)
  return found
end

-- Removes a folder with all that is in it; other requests run in between.
function M.remove_tree(path)
  for n, entry in ipairs(M.entries(path)) do
    local inner = path .. "/" .. entry.name
    if entry.folder then
      M.remove_tree(inner)
    else
      M.unlink(inner)
    end
    if n % 200 == 0 then
      ngx.sleep(0)
    end
  end
  return M.rmdir(path)
end

-- Makes the folders above `path` below `root`, which exists; `made` remembers them over calls.
function M.make_parents(root, path, made)
  local folder = path:match("^(.*)/")
  if not folder or made[folder] then
    return true
  end
  local ok, errno = M.make_parents(root, folder, made)
  if not ok then
    return nil, errno
  end
  ok, errno = M.mkdir(root .. "/" .. folder)
  if not ok and errno ~= M.EEXIST then
    return nil, errno
  end
  made[folder] = true
  return true
end

-- The whole content of a small file.
function M.read(path)
  local file = io.open(path, "rb")
  if not file then
    return nil
  end
  local content = file:read("*a")
  file:close()
  return content
end

local drafts = 0

-- A name in /srv/tmp that nobody else uses.
function M.draft()
  drafts = drafts + 1
  return string.format("/srv/tmp/%d-%d", ngx.worker.pid(), drafts)
end

-- Readers see the old content or the new one.
function M.replace(path, content)
  local draft = M.draft()
  local fd, errno = M.create(draft)
  if not fd then
    return nil, errno
  end
  local ok
  ok, errno = M.write(fd, content)
  M.close(fd)
  if ok then
    ok, errno = M.rename(draft, path)
  end
  if not ok then
    M.unlink(draft)
    return nil, errno
  end
  return true
end

return M
