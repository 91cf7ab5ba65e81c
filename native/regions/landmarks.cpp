// regions/landmarks: stacks, TEBs, heaps and the like, found from the kernel's own records.
#include "native/regions/landmarks.hpp"

#include <algorithm>
#include <utility>

#include "native/error.hpp"
#include "native/handle.hpp"
#include "native/ranges.hpp"
#include "native/regions/heap_marks.hpp"
#include "native/regions/nt_walk.hpp"

namespace ntpages {
namespace {

// Far more than an honest process needs: at most so many reads follow the process's own pointers.
constexpr std::size_t patience = 1 << 16;

class Search {
public:
    explicit Search(HANDLE process) : process_(process), marking_(process) {}

    Landmarks run() {
        nt::ProcessBasicInformation basic{};
        ask(nt::process_basic_information, basic);
        ask(nt::process_wow64_information, wow64_);
        find_threads();
        find_peb<std::uint64_t>(reinterpret_cast<std::uintptr_t>(basic.peb));
        find_peb<std::uint32_t>(peb32_);
        find_guard_bitmaps();
        find_pages_of_kernel();
        return marking_.finish();
    }

private:
    template <typename Answer>
    void ask(ULONG information, Answer& answer) {
        check_status(
            nt::query_information_process(process_, information, &answer, sizeof(answer), nullptr),
            "NtQueryInformationProcess");
    }

    void find_threads() {
        Handle thread;
        for (;;) {
            HANDLE next = nullptr;
            const auto status = nt::get_next_thread(process_, thread.get(),
                                                    THREAD_QUERY_LIMITED_INFORMATION, 0, 0, &next);
            if (status == nt::status_no_more_entries) return;
            check_status(status, "NtGetNextThread");
            thread.reset(next);
            nt::ThreadBasicInformation basic{};
            check_status(nt::query_information_thread(next, nt::thread_basic_information, &basic,
                                                      sizeof(basic), nullptr),
                         "NtQueryInformationThread");
            find_thread(reinterpret_cast<std::uintptr_t>(basic.teb),
                        static_cast<DWORD>(basic.thread));
        }
    }

    void find_thread(std::uint64_t address, DWORD thread) {
        if (address == 0) return;  // it has exited
        nt::ThreadBlock<std::uint64_t> teb{};
        if (!find_teb(address, nt::thread_block_size, thread, teb) || wow64_ == 0) return;
        // WOW64 keeps the 32-bit TEB behind the other, and says so in a field that it has no use
        // for. Wine uses the field.
        nt::ThreadBlock<std::uint32_t> teb32{};
        if (find_teb(teb.exceptions, page_size, thread, teb32) ||
            find_teb(address + nt::thread_block_size, page_size, thread, teb32)) {
            peb32_ = teb32.process_block;
        }
    }

    template <typename Pointer>
    bool find_teb(std::uint64_t address, std::uint64_t size, DWORD thread,
                  nt::ThreadBlock<Pointer>& teb) {
        if (!marking_.read(address, teb) || teb.self != address) return false;
        if (teb.thread != thread) return false;  // it has exited, and another one took its place
        constexpr auto wide = sizeof(Pointer) == 8;
        marking_.mark_pages(address, size, wide ? Use::teb : Use::teb32, thread);
        if (teb.stack_base != 0) {
            marking_.mark_allocation(teb.stack_base - 1, wide ? Use::stack : Use::stack32, thread);
        }
        return true;
    }

    template <typename Pointer>
    void find_peb(std::uint64_t address) {
        nt::ProcessBlock<Pointer> peb{};
        if (address == 0 || !marking_.read(address, peb)) return;
        marking_.mark_pages(address, page_size, sizeof(Pointer) == 8 ? Use::peb : Use::peb32);
        if (process_ == GetCurrentProcess()) {
            find_own_heaps();
        } else {
            find_heaps(peb);
        }
        // Behind the heaps: what lies in one is the heap's.
        marking_.mark_pointed(peb.api_sets, Use::api_sets);
        marking_.mark_pointed(peb.server_memory, Use::server_memory);
        marking_.mark_pointed(peb.code_pages, Use::code_pages);
        marking_.mark_pointed(peb.gdi_handles, Use::gdi_handles);
        marking_.mark_pointed(peb.shims, Use::shims);
        marking_.mark_pointed(peb.activation_context, Use::activation_context);
        marking_.mark_pointed(peb.assembly_storage, Use::assembly_storage);
        marking_.mark_pointed(peb.default_activation_context, Use::default_context);
        marking_.mark_pointed(peb.error_reporting, Use::error_reporting);
    }

    template <typename Pointer>
    void find_heaps(const nt::ProcessBlock<Pointer>& peb) {
        mark_heap<Pointer>(marking_, peb.process_heap);
        for (ULONG i = 0; i < peb.heaps; ++i) {
            Pointer heap = 0;
            if (!marking_.read(peb.heap_list + std::uint64_t{i} * sizeof(Pointer), heap)) return;
            mark_heap<Pointer>(marking_, heap);
        }
    }

    // ntdll lies at the same place in every process, and so does what it exports.
    void find_guard_bitmaps() {
        const auto block = reinterpret_cast<std::uintptr_t>(
            reinterpret_cast<void (*)()>(nt::find(L"ntdll.dll", "LdrSystemDllInitBlock")));
        ULONG size = 0;
        if (block == 0 || !marking_.read(block, size)) return;
        const auto place = nt::guard_bitmaps_in(size);
        nt::GuardBitmaps bitmaps{};
        if (place == 0 || !marking_.read(block + place, bitmaps)) return;
        marking_.mark_pointed(bitmaps.bitmap, Use::guard_bitmap);
        marking_.mark_pointed(bitmaps.bitmap32, Use::guard_bitmap32);
    }

    void find_pages_of_kernel() {
        marking_.mark_pages(nt::user_shared_data, page_size, Use::shared_data);
        std::uint64_t hypervisor = 0;
        if (nt::query_system_information(nt::system_hypervisor_shared_page_information, &hypervisor,
                                         sizeof(hypervisor), nullptr) >= 0 &&
            hypervisor != 0) {
            marking_.mark_pages(hypervisor, page_size, Use::hypervisor_data);
        }
    }

    void find_own_heaps() {
        std::vector<HANDLE> heaps(64);
        for (;;) {
            const auto count = check(
                GetProcessHeaps(static_cast<DWORD>(heaps.size()), heaps.data()), "GetProcessHeaps");
            const auto enough = count <= heaps.size();
            heaps.resize(count);
            if (enough) break;
        }
        for (const auto heap : heaps) {
            mark_heap<std::uint64_t>(marking_, reinterpret_cast<std::uintptr_t>(heap));
        }
    }

    HANDLE process_;
    std::uint64_t wow64_ = 0;  // 0 unless it is a 32-bit process
    std::uint64_t peb32_ = 0;  // such a process has two
    Marking marking_;
};

}  // namespace

bool Marking::read(std::uint64_t address, void* value, std::size_t size) {
    SIZE_T got = 0;
    return reads_++ < patience &&
           ReadProcessMemory(process_, reinterpret_cast<const void*>(address), value, size, &got) &&
           got == size;
}

void Marking::mark_pages(std::uint64_t address, std::uint64_t size, Use use, DWORD thread) {
    found_.pages.push_back({address / page_size * page_size, size, use, thread});
}

void Marking::mark_allocation(std::uint64_t address, Use use, DWORD thread) {
    mark_allocation(address, DWORD{MEM_PRIVATE}, use, thread);
}

void Marking::mark_pointed(std::uint64_t address, Use use) {
    if (address != 0) mark_allocation(address, DWORD{MEM_PRIVATE | MEM_MAPPED}, use, 0);
}

void Marking::mark_allocation(std::uint64_t address, DWORD types, Use use, DWORD thread) {
    MEMORY_BASIC_INFORMATION region{};
    const auto* const at = reinterpret_cast<const void*>(address);
    if (VirtualQueryEx(process_, at, &region, sizeof(region)) == 0) return;
    if (region.State == MEM_FREE || (region.Type & types) == 0) return;
    const auto base = reinterpret_cast<std::uintptr_t>(region.AllocationBase);
    found_.allocations.push_back({base, 0, use, thread});
}

Landmarks Marking::finish() {
    for (auto* marks : {&found_.allocations, &found_.pages}) {
        std::ranges::stable_sort(*marks, {}, &Mark::address);
    }
    return std::move(found_);
}

Landmarks find_landmarks(HANDLE process) {
    return Search(process).run();
}

}  // namespace ntpages
