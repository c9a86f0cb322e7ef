/*
 * The system calls of Linux by what they are for, and which of them a container may make. The sources are the kernel's
 * tables (arch/x86/entry/syscalls, include/uapi/asm-generic/unistd.h) and the default profile of moby/profiles, which
 * allows no less than this. Names that the installed libseccomp does not know are ignored by the runtimes.
 */

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** Harmless for others, or bounded by capabilities and namespaces alone. */
export const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  files: words(`
    access cachestat chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2
    fadvise64 fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync
    flock fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64
    ioctl lchown lchown32 link linkat listmount _llseek lseek lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at
    newfstatat open openat openat2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink readlinkat
    readv rename renameat renameat2 rmdir sendfile sendfile64 splice stat stat64 statfs statfs64 statmount statx symlink
    symlinkat sync sync_file_range syncfs tee truncate truncate64 umask unlink unlinkat utime utimensat utimensat_time64
    utimes vmsplice write writev`),
  attributes: words(`
    fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr listxattrat llistxattr
    lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat`),
  waiting: words(`
    epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd
    eventfd2 fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_cancel io_destroy
    io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit _newselect pipe pipe2 poll ppoll ppoll_time64
    pselect6 pselect6_time64 select`),
  memory: words(`
    brk get_thread_area madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 mlockall mmap
    mmap2 mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect remap_file_pages
    set_thread_area`),
  processes: words(`
    execve execveat exit exit_group fork getcpu getpgid getpgrp getpid getppid getpriority getrlimit get_robust_list
    getrusage getsid gettid ioprio_get ioprio_set pidfd_open prctl prlimit64 process_mrelease restart_syscall rseq
    sched_getaffinity sched_getattr sched_getparam sched_get_priority_max sched_get_priority_min sched_getscheduler
    sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam
    sched_setscheduler sched_yield setpgid setpriority setrlimit set_robust_list setsid set_tid_address sysinfo times
    ugetrlimit uname uretprobe vfork wait4 waitid waitpid`),
  identity: words(`
    capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid getresgid32
    getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32
    setregid setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32`),
  signals: words(`
    kill pause pidfd_send_signal rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
    rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaltstack signalfd signalfd4 sigprocmask sigreturn tgkill
    tkill`),
  time: words(`
    adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64
    clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete
    timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime
    timerfd_gettime64 timerfd_settime timerfd_settime64`),
  network: words(`
    accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 recvmsg
    send sendmmsg sendmsg sendto setsockopt shutdown socketpair`),
  communication: words(`
    futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake ipc mq_getsetattr mq_notify mq_open
    mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl
    semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget`),
  confinement: words(`
    getrandom landlock_add_rule landlock_create_ruleset landlock_restrict_self seccomp`),
};

/** Only on one architecture; the 32-bit calls are those of its 32-bit sibling. */
export const ALLOWED_BY_ARCHITECTURE = {
  x86_64: words('arch_prctl modify_ldt'),
  aarch64: words('arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2'),
  // Its arguments are behind a pointer, so address families cannot be told apart: glibc of i386 has nothing else.
  x86: words('socketcall'),
} as const;

/** Allowed to whoever has the capability, or any of them where the same call is named more than once. */
export const ALLOWED_BY_CAPABILITY: Readonly<Record<string, readonly string[]>> = {
  CAP_DAC_READ_SEARCH: words('open_by_handle_at'),
  CAP_SYS_ADMIN: words(`
    bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules
    lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname
    sethostname setns syslog umount umount2 unshare`),
  CAP_SYS_BOOT: words('reboot'),
  CAP_SYS_CHROOT: words('chroot'),
  CAP_SYS_MODULE: words('delete_module finit_module init_module'),
  CAP_SYS_PACCT: words('acct'),
  CAP_SYS_PTRACE: words('kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace'),
  CAP_SYS_RAWIO: words('ioperm iopl'),
  CAP_SYS_TIME: words('clock_settime clock_settime64 settimeofday stime'),
  CAP_SYS_TTY_CONFIG: words('vhangup'),
  CAP_SYS_NICE: words('get_mempolicy mbind set_mempolicy set_mempolicy_home_node'),
  CAP_SYSLOG: words('syslog'),
  CAP_BPF: words('bpf'),
  CAP_PERFMON: words('perf_event_open'),
};

/** Never allowed: without a namespace of their own, too rich in faults, or gone. */
export const REFUSED: readonly string[] = words(`
  add_key keyctl request_key io_uring_enter io_uring_register io_uring_setup userfaultfd kexec_file_load kexec_load
  migrate_pages move_pages pivot_root swapoff swapon open_tree_attr _sysctl afs_syscall bdflush create_module
  get_kernel_syms getpmsg nfsservctl putpmsg query_module security sysfs tuxcall uselib ustat vm86 vm86old vserver
  pciconfig_iobase pciconfig_read pciconfig_write`);

/**
 * Address families of socket(2) that docker allows (include/linux/socket.h). Missing are AF_ALG (38) and AF_VSOCK (40),
 * which reach past the container's network, and families that Linux has dropped.
 */
export const ALLOWED_FAMILIES: readonly number[] = [
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 17, 18, 21, 22, 24, 26, 27, 28, 29, 30, 31, 32, 33, 35,
  36, 39, 41, 42, 43, 44, 45,
];

/** Families that exist or did, up to AF_MCTP. */
export const LAST_FAMILY = 45;

/** Persona values of personality(2): Linux and PER_LINUX32, each with UNAME26 or not, and the question what it is. */
export const ALLOWED_PERSONALITIES: readonly number[] = [0, 0x8, 0x20000, 0x20008, 0xffffffff];

/** Flags of personality(2), from ADDR_NO_RANDOMIZE to ADDR_LIMIT_3GB: they weaken what protects a program. */
export const REFUSED_PERSONALITIES = 0x0ffc0000;

/**
 * The flags of clone(2) that make namespaces: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
 * (include/uapi/linux/sched.h).
 */
export const CLONE_NAMESPACES = 0x7e020000;
