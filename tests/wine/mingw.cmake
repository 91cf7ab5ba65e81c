# Cross toolchain: MinGW-w64 GCC, for the Windows Python that dev.py unpacked.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR AMD64)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)  # posix: std::thread and std::mutex are there
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)

set(windows_python "$ENV{NTPAGES_WINDOWS_PYTHON}")
file(GLOB Python_LIBRARY "${windows_python}/libs/python3[0-9]*.lib")
string(REGEX MATCH "3[0-9]+" series "${Python_LIBRARY}")
set(Python_INCLUDE_DIR "${windows_python}/include")

# What pybind11 would otherwise ask of an interpreter it can't run.
set(PYBIND11_USE_CROSSCOMPILING ON)
set(PYTHON_IS_DEBUG OFF)
set(PYTHON_MODULE_DEBUG_POSTFIX "")
set(PYTHON_MODULE_EXTENSION ".cp${series}-win_amd64.pyd")
