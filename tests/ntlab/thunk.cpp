// thunk: machine code made at run time that asks the dispatcher first, then jumps on.
#include "thunk.hpp"

#include <array>
#include <cstring>

namespace ntlab {
namespace {

constexpr std::size_t thunk_size = 16;

// The way all thunks share. Enters with the index in eax, which no calling convention of Windows
// uses for arguments, and with the stack as the caller left it: return address on top. The four
// integer registers go to their home space, which Windows x64 gives every callee; behind it
// the caller's stack arguments follow, so that all of them are one array.
constexpr auto shared = std::to_array<std::uint8_t>({
    0x48, 0x83, 0xEC, 0x78,                                // sub rsp, 0x78: aligned to 16 again
    0x48, 0x89, 0x8C, 0x24, 0x80, 0x00, 0x00, 0x00,        // mov [rsp+0x80], rcx
    0x48, 0x89, 0x94, 0x24, 0x88, 0x00, 0x00, 0x00,        // mov [rsp+0x88], rdx
    0x4C, 0x89, 0x84, 0x24, 0x90, 0x00, 0x00, 0x00,        // mov [rsp+0x90], r8
    0x4C, 0x89, 0x8C, 0x24, 0x98, 0x00, 0x00, 0x00,        // mov [rsp+0x98], r9
    0x0F, 0x29, 0x44, 0x24, 0x20,                          // movaps [rsp+0x20], xmm0
    0x0F, 0x29, 0x4C, 0x24, 0x30,                          // movaps [rsp+0x30], xmm1
    0x0F, 0x29, 0x54, 0x24, 0x40,                          // movaps [rsp+0x40], xmm2
    0x0F, 0x29, 0x5C, 0x24, 0x50,                          // movaps [rsp+0x50], xmm3
    0x89, 0xC1,                                            // mov ecx, eax
    0x48, 0x8D, 0x94, 0x24, 0x80, 0x00, 0x00, 0x00,        // lea rdx, [rsp+0x80]
    0x4C, 0x8D, 0x44, 0x24, 0x60,                          // lea r8, [rsp+0x60]
    0x48, 0xB8, 0,    0,    0,    0,    0,    0,    0, 0,  // mov rax, dispatcher
    0xFF, 0xD0,                                            // call rax
    0x0F, 0x28, 0x44, 0x24, 0x20,                          // movaps xmm0, [rsp+0x20]
    0x0F, 0x28, 0x4C, 0x24, 0x30,                          // movaps xmm1, [rsp+0x30]
    0x0F, 0x28, 0x54, 0x24, 0x40,                          // movaps xmm2, [rsp+0x40]
    0x0F, 0x28, 0x5C, 0x24, 0x50,                          // movaps xmm3, [rsp+0x50]
    0x48, 0x8B, 0x8C, 0x24, 0x80, 0x00, 0x00, 0x00,        // mov rcx, [rsp+0x80]
    0x48, 0x8B, 0x94, 0x24, 0x88, 0x00, 0x00, 0x00,        // mov rdx, [rsp+0x88]
    0x4C, 0x8B, 0x84, 0x24, 0x90, 0x00, 0x00, 0x00,        // mov r8, [rsp+0x90]
    0x4C, 0x8B, 0x8C, 0x24, 0x98, 0x00, 0x00, 0x00,        // mov r9, [rsp+0x98]
    0x48, 0x85, 0xC0,                                      // test rax, rax
    0x74, 0x06,                                            // jz refused
    0x48, 0x83, 0xC4, 0x78,                                // add rsp, 0x78
    0xFF, 0xE0,                                            // jmp rax
    0x48, 0x8B, 0x44, 0x24, 0x60,                          // refused: mov rax, [rsp+0x60]
    0x48, 0x83, 0xC4, 0x78,                                // add rsp, 0x78
    0xC3,                                                  // ret
});
constexpr std::size_t dispatcher_at = 73;
static_assert(shared[dispatcher_at - 2] == 0x48 && shared[dispatcher_at - 1] == 0xB8);

}  // namespace

std::byte* make_thunks(std::size_t count, Dispatcher dispatcher) noexcept {
    const auto size = (count + 1) * thunk_size + shared.size();
    auto* const memory = static_cast<std::byte*>(
        VirtualAlloc(nullptr, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE));
    if (!memory) return nullptr;

    auto* const common = memory + count * thunk_size;
    for (std::uint32_t index = 0; index < count; ++index) {
        auto* const thunk = memory + index * thunk_size;
        thunk[0] = std::byte{0xB8};  // mov eax, index
        std::memcpy(thunk + 1, &index, sizeof index);
        thunk[5] = std::byte{0xE9};  // jmp common
        const auto distance = static_cast<std::int32_t>(common - (thunk + 10));
        std::memcpy(thunk + 6, &distance, sizeof distance);
    }
    std::memcpy(common, shared.data(), shared.size());
    std::memcpy(common + dispatcher_at, &dispatcher, sizeof dispatcher);

    DWORD before = 0;
    if (!VirtualProtect(memory, size, PAGE_EXECUTE_READ, &before)) return nullptr;
    FlushInstructionCache(GetCurrentProcess(), memory, size);
    return memory;
}

Function thunk_at(std::byte* thunks, std::uint32_t index) noexcept {
    return reinterpret_cast<Function>(thunks + index * thunk_size);
}

}  // namespace ntlab
