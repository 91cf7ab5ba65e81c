// nt: finding functions by name at run time, and structures that grow from one Windows to the next.
#include "native/nt.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace ntpages::nt {

FARPROC find(const wchar_t* module, const char* name) noexcept {
    const auto loaded = GetModuleHandleW(module);
    return loaded ? GetProcAddress(loaded, name) : nullptr;
}

SystemAnswer query_system(ULONG information, void* to, std::size_t size) {
    constexpr ULONG enough = 1u << 16;  // far beyond any structure of one piece
    ULONG returned = 0;
    auto status = query_system_information(information, to, static_cast<ULONG>(size), &returned);
    if (status == status_info_length_mismatch && returned > size && returned <= enough) {
        std::vector<std::byte> longer(returned);
        status = query_system_information(information, longer.data(), returned, &returned);
        if (status >= 0) std::memcpy(to, longer.data(), size);
    }
    return {status, std::min<std::size_t>(returned, size)};
}

}  // namespace ntpages::nt
