// heaps/heap: every heap that Python holds, and the calls on one.
#include "native/heaps/heap.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>

#include "native/heaps/block.hpp"
#include "native/heaps/nt.hpp"
#include "native/nt.hpp"

namespace ntpages {
namespace {

// Every heap that Python holds, so that two names for one heap share its gate.
struct Registry {
    struct Entry {
        std::weak_ptr<Heap> heap;
        const Heap* key;
    };

    SlimLock lock;
    std::map<HANDLE, Entry> heaps;
};

Registry& registry() {
    static Registry all;
    return all;
}

// What the header of a heap says. Source: phnt; _HEAP and _SEGMENT_HEAP in Windows' own symbols.
struct Header {
    static constexpr std::uint32_t nt_signature = 0xFFEEFFEE;
    static constexpr std::uint32_t segment_signature = 0xDDEEDDEE;

    std::uint32_t signature = 0;
    std::uint32_t flags = 0;  // NT heaps only

    // Through the kernel, which answers with an error where there is no heap any more.
    explicit Header(HANDLE heap) noexcept {
        const auto at = reinterpret_cast<const char*>(heap);
        const auto self = GetCurrentProcess();
        ReadProcessMemory(self, at + 0x10, &signature, sizeof(signature), nullptr);
        ReadProcessMemory(self, at + 0x70, &flags, sizeof(flags), nullptr);
    }

    [[nodiscard]] bool serialized() const noexcept {
        return signature != nt_signature || (flags & HEAP_NO_SERIALIZE) == 0;
    }
};

// Forgets those that other code has destroyed, so that they are not taken for what is made in their
// place. Under the lock of the registry, without which no heap that is in there goes away.
void forget_the_gone(const std::vector<HANDLE>& listed) {
    std::erase_if(registry().heaps, [&](const auto& known) {
        return known.second.key->origin() == Origin::stranger &&
               std::ranges::find(listed, known.first) == listed.end();
    });
}

}  // namespace

std::shared_ptr<Heap> Heap::create(std::size_t initial, std::size_t maximum, bool serialize,
                                   bool executable, Origin origin) {
    // HEAP_GENERATE_EXCEPTIONS is never passed: nothing could catch them on the way to Python.
    const DWORD options =
        (serialize ? 0 : HEAP_NO_SERIALIZE) | (executable ? HEAP_CREATE_ENABLE_EXECUTE : 0);
    HeapHandle owner(check(HeapCreate(options, initial, maximum), "HeapCreate"));
    auto heap = std::make_shared<Heap>(owner.get(), origin, serialize);
    const auto handle = owner.release();
    auto& all = registry();
    const std::scoped_lock guard(all.lock);
    all.heaps[handle] = {heap, heap.get()};
    return heap;
}

std::shared_ptr<Heap> Heap::find(std::uintptr_t value) {
    const auto handle = reinterpret_cast<HANDLE>(value);
    auto& all = registry();
    const std::scoped_lock guard(all.lock);
    const auto listed = listed_heaps();
    forget_the_gone(listed);
    if (std::ranges::find(listed, handle) == listed.end()) throw Closed("Heap");
    auto& entry = all.heaps[handle];
    if (auto heap = entry.heap.lock()) return heap;
    const auto origin = handle == GetProcessHeap() ? Origin::process : Origin::stranger;
    auto heap = std::make_shared<Heap>(handle, origin, Header(handle).serialized());
    entry = {heap, heap.get()};
    return heap;
}

std::vector<std::uintptr_t> Heap::handles() {
    const std::scoped_lock guard(registry().lock);
    const auto listed = listed_heaps();
    forget_the_gone(listed);
    std::vector<std::uintptr_t> values(listed.size());
    std::ranges::transform(listed, values.begin(),
                           [](HANDLE heap) { return reinterpret_cast<std::uintptr_t>(heap); });
    return values;
}

std::uintptr_t Heap::process_heap() noexcept {
    return reinterpret_cast<std::uintptr_t>(GetProcessHeap());
}

// Destroyed and forgotten in one step: Windows may give the handle out again at once.
Heap::~Heap() {
    const std::scoped_lock guard(registry().lock);
    if (made_here() && !gate.is_shut()) HeapDestroy(handle_);
    forget();
}

void Heap::close() {
    if (origin_ != Origin::ours) return;
    try {
        destroy();
    } catch (const Closed&) {
        return;
    }
}

void Heap::destroy() {
    gate.shut();
    const std::scoped_lock guard(registry().lock);
    if (HeapDestroy(handle_)) {
        blocks_ = 0;
        return forget();
    }
    const auto code = GetLastError();
    gate.reopen();
    fail("HeapDestroy", code);
}

void Heap::forget() noexcept {
    auto& heaps = registry().heaps;
    const auto entry = heaps.find(handle_);
    if (entry != heaps.end() && entry->second.key == this) heaps.erase(entry);
}

// HeapAlloc, HeapReAlloc and HeapSize do not promise a last error: the code is ours.
void* Heap::allocate(std::size_t size, bool zero) {
    const Inside inside(gate);
    if (origin_ == Origin::stranger) {
        throw std::invalid_argument("nothing is allocated from a heap that other code made");
    }
    const auto turn = this->turn();
    auto* const address = HeapAlloc(handle_, zero ? HEAP_ZERO_MEMORY : 0, size);
    if (!address) fail("HeapAlloc", ERROR_NOT_ENOUGH_MEMORY, std::to_string(size) + " bytes");
    ++blocks_;
    return address;
}

void Heap::take_back(void* address) {
    const auto turn = this->turn();
    check(HeapFree(handle_, 0, address), "HeapFree");
    --blocks_;
}

// For whoever is inside the block's gate: a freed block has no heap.
void Heap::require_own(const Block& block) const {
    if (block.heap_.get() != this) throw std::invalid_argument("the block is not from this heap");
}

void Heap::free(Block& block) {
    {
        const Inside within(block.gate_);
        require_own(block);
    }
    block.free();
}

void Heap::reallocate(Block& block, std::size_t size, bool zero, bool in_place) {
    {
        const Inside within(block.gate_);
        require_own(block);
    }
    const Inside inside(gate);
    block.gate_.shut();  // it may move, so no view may see it
    const DWORD flags = (zero ? HEAP_ZERO_MEMORY : 0) | (in_place ? HEAP_REALLOC_IN_PLACE_ONLY : 0);
    const auto turn = this->turn();
    auto* const address = HeapReAlloc(handle_, flags, block.address_, size);
    if (address) {
        block.address_ = address;
        block.size_ = size;
    }
    block.gate_.reopen();
    if (!address) fail("HeapReAlloc", ERROR_NOT_ENOUGH_MEMORY, std::to_string(size) + " bytes");
}

std::size_t Heap::size(Block& block) {
    const Inside within(block.gate_);
    require_own(block);
    const Inside inside(gate);
    const auto turn = this->turn();
    const auto size = HeapSize(handle_, 0, block.address_);
    if (size == static_cast<SIZE_T>(-1)) fail("HeapSize", ERROR_INVALID_PARAMETER);
    return size;
}

bool Heap::validate() {
    auto valid = false;
    auto work = [&]() noexcept { valid = HeapValidate(handle_, 0, nullptr) != FALSE; };
    keep_still(Quiet(work));
    return valid;
}

bool Heap::validate(Block& block) {
    const Inside within(block.gate_);
    require_own(block);
    const Inside inside(gate);
    const auto turn = this->turn();
    return HeapValidate(handle_, 0, block.address_) != FALSE;
}

std::size_t Heap::compact() {
    std::size_t largest = 0;
    DWORD code = NO_ERROR;
    auto work = [&]() noexcept {
        SetLastError(NO_ERROR);
        largest = HeapCompact(handle_, 0);
        code = GetLastError();
    };
    keep_still(Quiet(work));
    if (largest == 0 && code != NO_ERROR) fail("HeapCompact", code);
    return largest;
}

HeapKind Heap::kind() {
    constexpr ULONG low_fragmentation = 2;
    ULONG front_end = 0;
    auto segment = false;
    auto told = true;
    DWORD code = NO_ERROR;
    auto work = [&]() noexcept {
        segment = Header(handle_).signature == Header::segment_signature;
        if (segment) return;
        told = HeapQueryInformation(handle_, HeapCompatibilityInformation, &front_end,
                                    sizeof(front_end), nullptr) != FALSE;
        code = GetLastError();
    };
    keep(Quiet(work));
    if (!told) fail("HeapQueryInformation", code);
    if (segment) return HeapKind::segment;
    return front_end == low_fragmentation ? HeapKind::low_fragmentation : HeapKind::nt;
}

void Heap::use_low_fragmentation() {
    constexpr ULONG low_fragmentation = 2;
    set(HeapCompatibilityInformation, &low_fragmentation, sizeof(low_fragmentation));
}

void Heap::optimize() {
    constexpr nt::HeapOptimizeResources all;
    set(nt::heap_optimize_resources, &all, sizeof(all));
}

// What works on the heap takes its lock, but where it has none.
void Heap::set(int what, const void* value, std::size_t size) {
    auto lockless = false;
    auto done = false;
    DWORD code = NO_ERROR;
    auto work = [&]() noexcept {
        lockless = !has_lock() && origin_ != Origin::ours;
        if (lockless) return;
        const auto turn = this->turn();
        done = HeapSetInformation(handle_, static_cast<HEAP_INFORMATION_CLASS>(what),
                                  const_cast<void*>(value), size) != FALSE;
        code = GetLastError();
    };
    keep(Quiet(work));
    if (lockless) throw std::invalid_argument("the heap was made without a lock, by other code");
    if (!done) fail("HeapSetInformation", code);
}

// Ours and the process heap can't go away under us. A stranger's can, and Windows may have given
// its address to another heap since, even to one of ours: then the registry knows that one there.
void Heap::keep(Quiet work) {
    const Inside inside(gate);
    if (origin_ != Origin::stranger) return work();
    const auto is_known = [&] {
        const std::scoped_lock guard(registry().lock);
        const auto entry = registry().heaps.find(handle_);
        return entry != registry().heaps.end() && entry->second.key == this;
    };
    if (!is_known()) throw Closed("Heap");
    if (while_listed(handle_, work)) return;
    const std::scoped_lock guard(registry().lock);
    forget();
    throw Closed("Heap");
}

// What a stranger's address was known to be may have changed hands: its header says what is there.
bool Heap::has_lock() const noexcept {
    return origin_ == Origin::stranger ? Header(handle_).serialized() : serialized_;
}

void Heap::keep_still(Quiet work) {
    auto lockless = false;
    auto refused = false;
    DWORD code = NO_ERROR;
    auto locked = [&]() noexcept {
        if (has_lock()) {
            refused = HeapLock(handle_) == FALSE;
            code = GetLastError();
            if (refused) return;
            work();
            HeapUnlock(handle_);
        } else if (origin_ == Origin::ours) {
            const std::scoped_lock guard(turn_);
            work();
        } else {
            lockless = true;
        }
    };
    keep(Quiet(locked));
    if (refused) fail("HeapLock", code);
    if (lockless) {
        throw std::invalid_argument(
            "the heap was made without a lock, by other code: it can't be kept still");
    }
}

void Heap::lock() {
    if (origin_ != Origin::ours || !serialized_) {
        throw std::invalid_argument(
            origin_ == Origin::ours
                ? "a heap made with serialize=False has no lock"
                : "only a heap made by Heap.create can be locked: any other may be needed by a "
                  "thread that holds up the interpreter while it waits");
    }
    gate.enter();
    if (!HeapLock(handle_)) {
        const auto code = GetLastError();
        gate.leave();
        fail("HeapLock", code);
    }
    locker_ = GetCurrentThreadId();
    ++locks_;
}

void Heap::unlock() {
    if (locker_ != GetCurrentThreadId()) {
        throw std::logic_error("the heap is not locked by this thread");
    }
    // As long as nobody else can have it: once it is unlocked, another thread may be the locker.
    if (--locks_ == 0) locker_ = 0;
    if (!HeapUnlock(handle_)) {
        const auto code = GetLastError();
        locker_ = GetCurrentThreadId();
        ++locks_;
        fail("HeapUnlock", code);
    }
    gate.leave();
}

Heap::Hold::~Hold() {
    try {
        leave();
    } catch (const std::exception&) {  // refused twice, or forgotten by another thread
    }
}

void Heap::Hold::enter() {
    const std::scoped_lock lock(turn_);
    if (held_) throw std::logic_error("the block is entered already");
    heap_->lock();
    held_ = true;
}

void Heap::Hold::leave() {
    const std::scoped_lock lock(turn_);
    if (!held_) return;
    heap_->unlock();
    held_ = false;
}

void optimize_all_heaps() {
    nt::HeapOptimizeResources all;
    check(HeapSetInformation(nullptr,
                             static_cast<HEAP_INFORMATION_CLASS>(nt::heap_optimize_resources), &all,
                             sizeof(all)),
          "HeapSetInformation");
}

void terminate_on_heap_corruption() {
    check(HeapSetInformation(nullptr, HeapEnableTerminationOnCorruption, nullptr, 0),
          "HeapSetInformation");
}

}  // namespace ntpages
