namespace CodeAgent.Sandbox;

/// <summary>
/// The seccomp filter: no socket of any kind, no signal to another process, no look into one. Refused calls return an
/// error, so that an interpreter which only tries goes on. Classic BPF over struct seccomp_data (seccomp(2)).
/// </summary>
internal static class SystemCallFilter
{
    private const uint Allow = 0x7FFF0000, Error = 0x00050000, ArchitectureX64 = 0xC000003E, FirstX32Call = 0x40000000;
    private const ushort LoadWord = 0x20, JumpIfEqual = 0x15, JumpIfAtLeast = 0x35, Return = 0x06;
    private const uint NotPermitted = 1, AccessDenied = 13, NotImplemented = 38;

    private static readonly (uint Call, uint Errno)[] Refused =
    [
        (41, AccessDenied),     // socket
        (425, NotImplemented),  // io_uring_setup: could open sockets past this filter
        (62, NotPermitted),     // kill: "kill -9 -1" would take this program, and all others of the user, along
        (200, NotPermitted),    // tkill
        (424, NotPermitted),    // pidfd_send_signal
        (101, NotPermitted),    // ptrace
        (310, NotPermitted),    // process_vm_readv
        (311, NotPermitted),    // process_vm_writev
    ];

    /// <summary>The instructions, each packed as struct sock_filter { u16 code; u8 jt; u8 jf; u32 k }.</summary>
    public static ulong[] Program()
    {
        var program = new List<ulong>
        {
            Instruction(LoadWord, 4),
            Instruction(JumpIfEqual, ArchitectureX64, whenTrue: 1),
            Instruction(Return, Error | NotPermitted),
            Instruction(LoadWord, 0),
            Instruction(JumpIfAtLeast, FirstX32Call, whenFalse: 1),
            Instruction(Return, Error | NotImplemented),
        };
        foreach ((uint call, uint errno) in Refused)
        {
            program.Add(Instruction(JumpIfEqual, call, whenFalse: 1));
            program.Add(Instruction(Return, Error | errno));
        }
        program.Add(Instruction(Return, Allow));
        return [.. program];
    }

    private static ulong Instruction(ushort code, uint operand, byte whenTrue = 0, byte whenFalse = 0) =>
        code | ((ulong)whenTrue << 16) | ((ulong)whenFalse << 24) | ((ulong)operand << 32);
}
