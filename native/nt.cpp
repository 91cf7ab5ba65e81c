// nt: finding functions by name at run time.
#include "native/nt.hpp"

namespace ntpages::nt {

FARPROC find(const wchar_t* module, const char* name) noexcept {
    const auto loaded = GetModuleHandleW(module);
    return loaded ? GetProcAddress(loaded, name) : nullptr;
}

}  // namespace ntpages::nt
