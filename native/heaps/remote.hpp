// heaps/remote: the heaps of any process, asked for on a thread that may be given up.
#pragma once

#include <windows.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "native/handle.hpp"
#include "native/heaps/heap.hpp"
#include "native/heaps/snapshot.hpp"
#include "native/table/table.hpp"

namespace ntpages {

// A heap of some process. Sizes in bytes.
struct ProcessHeap : Exposed {
    std::uint64_t address = 0;
    std::optional<HeapKind> kind;
    heap_flag::Flag flags{};
    std::uint64_t allocated = 0;
    std::uint64_t committed = 0;
    std::uint64_t blocks = 0;
};

enum class HeapMethod : std::uint8_t { query, toolhelp };

class HeapQuery : public Exposed {
public:
    HeapQuery(DWORD pid, HeapMethod method, bool blocks, bool clone);
    ~HeapQuery() { abandon(); }
    HeapQuery(const HeapQuery&) = delete;
    HeapQuery& operator=(const HeapQuery&) = delete;

    // Whether it is done. Throws what went wrong.
    bool wait(DWORD milliseconds) const;
    // Once it is done, and nothing went wrong.
    [[nodiscard]] const std::vector<ProcessHeap>& heaps() const;
    [[nodiscard]] const Table& entries() const;
    // The heap that turned out to be corrupt, with which the answer ends; 0 where none did.
    [[nodiscard]] std::uint64_t corrupt() const;

    void abandon() noexcept;

    struct Job;  // what the thread works on

private:
    [[nodiscard]] const Job& done() const;

    std::shared_ptr<Job> job_;
    Handle thread_;
};

}  // namespace ntpages
