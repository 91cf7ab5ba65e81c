// launcher: ntpages.exe, for machines without Python. It runs the Python that lies beside it.
//
//     ntpages.exe [--elevate] ARGUMENTS
//
// With --elevate, it asks for consent and does the same as administrator, in this console.
#include <windows.h>

#include <shellapi.h>

#include <cwchar>
#include <iterator>
#include <string>
#include <vector>

namespace {

constexpr DWORD cancelled = 1223;  // ERROR_CANCELLED: nobody consented
constexpr int failure = 1;         // ntpages.cli.exits.Exit
constexpr int privilege_missing = 3;

using Arguments = std::vector<std::wstring>;

void say(const std::wstring& text) {
    const auto line = L"ntpages: " + text + L"\r\n";
    const auto stream = GetStdHandle(STD_ERROR_HANDLE);
    DWORD done = 0;
    if (WriteConsoleW(stream, line.data(), static_cast<DWORD>(line.size()), &done, nullptr)) return;
    std::string plain;
    for (const auto letter : line) plain += static_cast<char>(letter);  // ASCII, all that is said
    WriteFile(stream, plain.data(), static_cast<DWORD>(plain.size()), &done, nullptr);
}

std::wstring own_path() {
    std::wstring path(32768, L'\0');
    path.resize(GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size())));
    return path;
}

std::wstring folder_of(const std::wstring& path) {
    return path.substr(0, path.find_last_of(L'\\') + 1);
}

// One argument as CommandLineToArgvW reads it: backslashes count before a quote alone.
std::wstring quoted(const std::wstring& argument) {
    std::wstring text = L"\"";
    std::size_t backslashes = 0;
    for (const auto letter : argument) {
        if (letter == L'"') text.append(backslashes + 1, L'\\');
        backslashes = letter == L'\\' ? backslashes + 1 : 0;
        text += letter;
    }
    return text.append(backslashes, L'\\') + L'"';
}

bool is_elevated() {
    HANDLE token = nullptr;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token)) return false;
    TOKEN_ELEVATION elevation{};
    DWORD size = 0;
    GetTokenInformation(token, TokenElevation, &elevation, sizeof(elevation), &size);
    CloseHandle(token);
    return elevation.TokenIsElevated != 0;
}

// Starts this program again as administrator and waits for it. A program that was elevated has a
// console of its own: it is told whose to use instead.
int run_elevated(const std::wstring& path, const Arguments& arguments) {
    auto line = L"--console-of " + std::to_wstring(GetCurrentProcessId());
    for (const auto& argument : arguments) line += L' ' + quoted(argument);
    SHELLEXECUTEINFOW start{};
    start.cbSize = sizeof(start);
    start.fMask = SEE_MASK_NOCLOSEPROCESS | SEE_MASK_NO_CONSOLE;
    start.lpVerb = L"runas";
    start.lpFile = path.c_str();
    start.lpParameters = line.c_str();
    start.nShow = SW_HIDE;
    if (!ShellExecuteExW(&start)) {
        const auto code = GetLastError();
        say(code == cancelled
                ? L"nobody consented: nothing was done"
                : L"it can't be run as administrator: error " + std::to_wstring(code));
        return code == cancelled ? privilege_missing : failure;
    }
    DWORD code = failure;
    WaitForSingleObject(start.hProcess, INFINITE);
    GetExitCodeProcess(start.hProcess, &code);
    CloseHandle(start.hProcess);
    return static_cast<int>(code);
}

void use_console_of(DWORD process) {
    FreeConsole();
    if (!AttachConsole(process)) return;
    SECURITY_ATTRIBUTES inherited{sizeof(inherited), nullptr, TRUE};
    const auto open = [&](const wchar_t* name) {
        return CreateFileW(name, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE,
                           &inherited, OPEN_EXISTING, 0, nullptr);
    };
    SetStdHandle(STD_INPUT_HANDLE, open(L"CONIN$"));
    SetStdHandle(STD_OUTPUT_HANDLE, open(L"CONOUT$"));
    SetStdHandle(STD_ERROR_HANDLE, open(L"CONOUT$"));
}

// python313.dll, say; python3.dll, which lies beside it, only passes calls on.
std::wstring find_python(const std::wstring& folder) {
    WIN32_FIND_DATAW found{};
    const auto search = FindFirstFileW((folder + L"python3*.dll").c_str(), &found);
    if (search == INVALID_HANDLE_VALUE) return {};
    std::wstring name;
    do {
        const std::wstring each = found.cFileName;
        if (each.size() > std::size(L"python3.dll") - 1) name = each;
    } while (name.empty() && FindNextFileW(search, &found));
    FindClose(search);
    return name.empty() ? name : folder + name;
}

int run_python(const std::wstring& path, const Arguments& arguments) {
    using Main = int(int, wchar_t**);
    const auto file = find_python(folder_of(path));
    const auto library = LoadLibraryExW(file.c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
    const auto entry = library ? GetProcAddress(library, "Py_Main") : nullptr;
    if (!entry) {
        say(L"its Python is missing: keep ntpages.exe in the folder that it came in");
        return failure;
    }
    Arguments all{path};
    // `-m MODULE`, as Python takes it: ntpages starts itself again that way.
    if (arguments.empty() || arguments[0] != L"-m") all.insert(all.end(), {L"-m", L"ntpages"});
    all.insert(all.end(), arguments.begin(), arguments.end());
    std::vector<wchar_t*> pointers;
    for (auto& argument : all) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    // Through void(*)(), the one function pointer that compilers let become any other.
    auto* const main = reinterpret_cast<Main*>(reinterpret_cast<void (*)()>(entry));
    return main(static_cast<int>(all.size()), pointers.data());
}

}  // namespace

int wmain(int count, wchar_t** values) {
    const auto path = own_path();
    Arguments arguments(values + (count > 0 ? 1 : 0), values + count);
    if (arguments.size() > 1 && arguments[0] == L"--console-of") {
        use_console_of(std::wcstoul(arguments[1].c_str(), nullptr, 10));
        arguments.erase(arguments.begin(), arguments.begin() + 2);
    }
    if (!arguments.empty() && arguments[0] == L"--elevate") {
        arguments.erase(arguments.begin());
        if (!is_elevated()) return run_elevated(path, arguments);
    }
    return run_python(path, arguments);
}
