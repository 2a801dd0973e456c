#ifdef _WIN32
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

/* Whether there are versions of the kernel for newer x86-64 processors. */
#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define WITH_VERSIONS
#endif
