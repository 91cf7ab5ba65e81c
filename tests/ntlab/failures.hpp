// failures: how each function that ntpages calls says no, and which bytes it is handed.
#pragma once

#include <cstdint>

namespace ntlab {

enum class Refusal : std::uint32_t {
    zero,       // FALSE, NULL or 0, and a last error
    minus_one,  // INVALID_HANDLE_VALUE, (SIZE_T)-1 or (UINT)-1, and a last error
    code,       // the Win32 error code is the result
    status,     // the NTSTATUS is the result
    never,      // it can't fail, or the compiler's runtime stands on it
};

inline constexpr int no_bytes = -1;

struct Failure {
    const char* name;
    Refusal refusal;
    std::uint32_t code = 0;  // what it says if the test has no wish of its own
    bool releases = false;   // refusing it leaves a resource behind, whoever calls it
    int buffer = no_bytes;   // argument that points to the input, recorded as bytes
    int length = no_bytes;   // argument that holds its length...
    std::uint32_t size = 0;  // ... or the length itself
};

// Nullptr where the table has no such function.
const Failure* failure(const char* name) noexcept;

}  // namespace ntlab
