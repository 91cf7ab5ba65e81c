// heaps/heap: a heap of this process: create, allocate, validate, lock, destroy.
#pragma once

#include <windows.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "native/handle.hpp"
#include "native/heaps/gate.hpp"
#include "native/heaps/listed.hpp"
#include "native/lock.hpp"

namespace ntpages {

// Whose a heap is. Only what we made is ever destroyed. Nothing is allocated from a stranger's,
// which its maker may be using without a lock.
enum class Origin : std::uint8_t { ours, pool, process, stranger };

enum class HeapKind : std::uint8_t { nt, low_fragmentation, segment };

class Block;

class Heap final : public Exposed, public std::enable_shared_from_this<Heap> {
public:
    static std::shared_ptr<Heap> create(std::size_t initial, std::size_t maximum, bool serialize,
                                        bool executable, Origin origin = Origin::ours);
    // The heap with this handle; the same object every time. Throws Closed where there is none.
    static std::shared_ptr<Heap> find(std::uintptr_t handle);
    static std::vector<std::uintptr_t> handles();
    static std::uintptr_t process_heap() noexcept;

    Heap(HANDLE handle, Origin origin, bool serialized) noexcept
        : handle_(handle), origin_(origin), serialized_(serialized) {}
    ~Heap();
    Heap(const Heap&) = delete;
    Heap& operator=(const Heap&) = delete;

    void close();    // destroys the heap if it is ours; harmless when done before
    void destroy();  // for pools, whose heaps are not closed by anyone else

    void* allocate(std::size_t size, bool zero);
    void take_back(void* address);
    void free(Block& block);
    void reallocate(Block& block, std::size_t size, bool zero, bool in_place);
    std::size_t size(Block& block);

    bool validate();
    bool validate(Block& block);
    std::size_t compact();
    HeapKind kind();
    void use_low_fragmentation();
    // Gives back what the front end keeps at hand.
    void optimize();

    // Keeps the heap to the calling thread until unlock(), across calls, and so while it waits for
    // the GIL. For Origin::ours alone: the others may be waited for by a thread that has the GIL.
    void lock();
    void unlock();

    [[nodiscard]] HANDLE handle() const noexcept { return handle_; }
    [[nodiscard]] std::uintptr_t address() const noexcept {
        return reinterpret_cast<std::uintptr_t>(handle_);
    }
    [[nodiscard]] Origin origin() const noexcept { return origin_; }
    [[nodiscard]] bool made_here() const noexcept {
        return origin_ == Origin::ours || origin_ == Origin::pool;
    }
    [[nodiscard]] std::size_t blocks() const noexcept { return blocks_; }
    void require_own(const Block& block) const;

    // Locks the heap for a block. An interrupt may keep Python from leaving it, and Windows may
    // refuse to unlock: it is tried again when this is forgotten.
    class Hold : public Exposed {
    public:
        explicit Hold(Heap& heap) : heap_(heap.shared_from_this()) {}
        ~Hold();
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;

        void enter();
        void leave();

    private:
        const std::shared_ptr<Heap> heap_;
        SlimLock turn_;  // to enter or to leave, one thread after the other
        bool held_ = false;
    };

    // Does the work while no other thread changes the heap.
    void keep_still(Quiet work);

    Gate gate{"Heap"};

private:
    void set(int what, const void* value, std::size_t size);
    // Does the work while nobody destroys the heap. Throws Closed where somebody has.
    void keep(Quiet work);
    void forget() noexcept;
    [[nodiscard]] bool has_lock() const noexcept;
    // Held for the length of a call, in place of the lock that an unserialized heap lacks.
    [[nodiscard]] std::unique_lock<SlimLock> turn() {
        return serialized_ ? std::unique_lock<SlimLock>{} : std::unique_lock(turn_);
    }

    const HANDLE handle_;
    const Origin origin_;
    const bool serialized_;
    SlimLock turn_;
    std::atomic<std::size_t> blocks_{0};
    std::atomic<DWORD> locker_{0};
    unsigned locks_ = 0;  // the locker's own to touch
};

// Windows ends the process where any of its heaps is found corrupt. For all heaps, and for good.
void terminate_on_heap_corruption();

void optimize_all_heaps();

}  // namespace ntpages
