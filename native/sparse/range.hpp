// sparse/range: reserved address space whose chunks are committed by whoever touches them first.
#pragma once

#include <windows.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "native/handle.hpp"
#include "native/lock.hpp"
#include "native/sparse/map.hpp"

namespace ntpages {

// What a sparse range is made with. Bytes; `chunk` is a power of two, at least a page.
struct SparseShape {
    std::size_t size;
    std::size_t chunk;  // the unit that is committed and decommitted
    std::size_t ahead;  // the most that one touch commits, where access is dense
    std::size_t limit;  // the most that may be committed at a time
};

// Bytes of one state.
struct Span : Exposed {
    std::size_t offset;
    std::size_t size;
    bool committed;
};

// One reservation: the data, a gap that nobody may touch, then the map of its committed chunks.
//
// Touches are served by `serve`, from the exception handler, without locks. A chunk is committed
// first and marked second, and whoever marks it counts it: two threads that commit the same chunk
// count it once. Decommitting is locked. It says so in `retreating_`, waits for the touches
// that are being served, and those that come meanwhile try again until it is over: nobody writes to
// a page between the look that found it empty and the moment it goes.
class SparseRange {
public:
    explicit SparseRange(const SparseShape& shape);

    [[nodiscard]] std::byte* data() const noexcept {
        return static_cast<std::byte*>(memory_.get());
    }
    [[nodiscard]] std::uintptr_t begin() const noexcept {
        return reinterpret_cast<std::uintptr_t>(data());
    }
    [[nodiscard]] std::uintptr_t end() const noexcept { return begin() + reserved_; }
    [[nodiscard]] std::size_t committed() const noexcept { return committed_; }
    [[nodiscard]] std::size_t faults() const noexcept { return faults_; }

    // For the handler: makes a touched address accessible. False if it is not ours to do, or can't
    // be done; the reason for the latter goes to standard error.
    bool serve(std::uintptr_t address, bool writing) noexcept;

    void commit(std::size_t offset, std::size_t size);
    // Decommits the chunks that lie wholly in the bytes given. Both answer the bytes decommitted.
    std::size_t decommit(std::size_t offset, std::size_t size);
    std::size_t trim();  // those that hold nothing but zeros

    // Commits, and keeps `decommit` and `trim` away until `unpin`: the kernel's own touches are
    // not ours to serve.
    void pin(std::size_t offset, std::size_t size);
    void unpin(std::size_t offset, std::size_t size) noexcept;

    // Copies bytes out without touching what is not committed. False if any of them is not.
    bool peek(std::size_t offset, std::span<std::byte> into) const;
    [[nodiscard]] std::vector<Span> spans() const;

private:
    struct Chunks {  // half open
        std::size_t first;
        std::size_t last;
        [[nodiscard]] std::size_t count() const noexcept { return last - first; }
        bool operator==(const Chunks&) const = default;
    };
    enum class Need { wish, must };  // what is committed ahead is a wish
    class Retreat;
    class Service;

    [[nodiscard]] std::byte* at(std::size_t chunk) const noexcept {
        return data() + chunk * shape_.chunk;
    }
    [[nodiscard]] Chunks covering(std::size_t offset, std::size_t size) const noexcept;
    [[nodiscard]] Chunks around(std::size_t chunk) const noexcept;
    bool revisit(std::uintptr_t address, bool writing) const noexcept;
    DWORD charge(std::size_t cost) noexcept;
    DWORD fill(Chunks chunks, Need need) noexcept;
    void complain(std::uintptr_t address, DWORD error) const noexcept;
    void fill_gaps(Chunks chunks);
    DWORD decommit_chunks(Chunks chunks) noexcept;
    std::size_t trim_plain(Chunks chunks);
    std::size_t trim_zeros(Chunks chunks);
    [[nodiscard]] std::size_t zeros(Chunks chunks) const noexcept;
    [[nodiscard]] bool pinned(Chunks chunks) const noexcept;

    SparseShape shape_;
    std::size_t reserved_;  // size, in whole chunks
    Pages memory_;
    ChunkMap map_;
    std::atomic<std::size_t> committed_{0};  // bytes of marked chunks
    std::atomic<std::size_t> charged_{0};    // those, and what is being committed right now
    std::atomic<std::size_t> faults_{0};
    std::atomic<long> serving_{0};         // touches
    std::atomic<bool> retreating_{false};  // chunks are being decommitted
    mutable SlimLock retreat_lock_;        // shared to commit, exclusive to decommit or pin
    std::vector<Chunks> pins_;
};

}  // namespace ntpages
