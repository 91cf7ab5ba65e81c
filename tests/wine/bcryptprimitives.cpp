// bcryptprimitives: random bytes as programs built with Rust ask for them, which Wine 8 has no DLL
// for.
#include <windows.h>
//
#include <ntsecapi.h>

#include <algorithm>

extern "C" __declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE* buffer, SIZE_T size) {
    while (size > 0) {
        const auto part = static_cast<ULONG>(std::min<SIZE_T>(size, MAXLONG));
        if (!RtlGenRandom(buffer, part)) return FALSE;
        buffer += part;
        size -= part;
    }
    return TRUE;
}
