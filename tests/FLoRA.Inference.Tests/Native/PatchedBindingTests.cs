using System.Security.Cryptography;
using FLoRA.Inference.Native;

namespace FLoRA.Inference.Tests.Native;

public sealed class PatchedBindingTests : IDisposable
{
    private const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly TemporaryFolder _cache = new();

    private string Folder => Path.Combine(_cache.Path, "flora", "native");

    [Fact]
    public void The_copy_is_this_users_alone()
    {
        var copy = Create();

        Assert.Equal(Folder, Path.GetDirectoryName(copy));
        Assert.Equal(FileMode, File.GetUnixFileMode(copy));
        Assert.Equal(FileMode | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
        Assert.Equal(PatchedBinding.KnownPatchedSha256, Sha256(copy));
        Assert.Equal([copy], Directory.GetFiles(Folder));
    }

    [Fact]
    public void A_whole_copy_is_used_again()
    {
        var copy = Create();
        File.SetLastWriteTimeUtc(copy, DateTime.UnixEpoch);

        Assert.Equal(copy, Create());
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(copy));
    }

    [Fact]
    public void A_copy_that_was_tampered_with_is_made_anew()
    {
        var copy = Create();
        using (var file = File.OpenWrite(copy))
            file.WriteByte(0);

        Create();

        Assert.Equal(PatchedBinding.KnownPatchedSha256, Sha256(copy));
    }

    [Fact]
    public void A_copy_that_others_may_write_is_made_anew()
    {
        var copy = Create();
        File.SetUnixFileMode(copy, FileMode | UnixFileMode.OtherWrite);

        Create();

        Assert.Equal(FileMode, File.GetUnixFileMode(copy));
    }

    [Fact]
    public void A_link_in_place_of_the_copy_is_replaced_and_its_target_left_alone()
    {
        var copy = Create();
        var target = Path.Combine(_cache.Path, "target");
        File.Move(copy, target);
        File.SetLastWriteTimeUtc(target, DateTime.UnixEpoch);
        File.CreateSymbolicLink(copy, target);

        Create();

        Assert.Null(new FileInfo(copy).LinkTarget);
        Assert.Equal(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(target));
    }

    [Theory]
    [InlineData("flora")]
    [InlineData("flora/native")]
    public void A_link_in_place_of_the_folder_is_refused(string name)
    {
        var elsewhere = _cache.Fill("elsewhere");
        var link = Path.Combine(_cache.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        Directory.CreateSymbolicLink(link, elsewhere);

        var error = Assert.Throws<NativeRuntimeException>(Create);

        Assert.Contains($"'{link}' is a link or a file, expected a folder", error.Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(elsewhere));
    }

    [Fact]
    public void A_folder_of_another_user_is_refused()
    {
        var error = Assert.Throws<NativeRuntimeException>(() => PrivateFolder.Check(_cache.Path, PosixFile.CurrentUser + 1));

        Assert.Contains($"belongs to user {PosixFile.CurrentUser}", error.Message);
    }

    [Fact]
    public void A_folder_that_is_open_to_others_is_closed()
    {
        Directory.CreateDirectory(Folder);
        File.SetUnixFileMode(Folder, (UnixFileMode)0x1ff);

        Create();

        Assert.Equal(FileMode | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
    }

    [Fact]
    public void A_cache_that_cannot_be_written_names_the_variable_to_set()
    {
        File.WriteAllBytes(Path.Combine(_cache.Path, "file"), []);

        var error = Assert.Throws<NativeRuntimeException>(() => new PatchedBinding(Path.Combine(_cache.Path, "file")).GetOrCreate(RealBinding.File));

        Assert.Contains("Set XDG_CACHE_HOME", error.Message);
    }

    [Fact]
    public void An_unknown_library_is_not_patched()
    {
        var source = Path.Combine(_cache.Path, NativeLayout.BindingName);
        File.WriteAllBytes(source, [.. File.ReadAllBytes(RealBinding.File), 0]);

        var error = Assert.Throws<NativeRuntimeException>(() => new PatchedBinding(_cache.Path).GetOrCreate(source));

        Assert.Contains(PatchedBinding.KnownSourceSha256, error.Message);
        Assert.Empty(Directory.GetFiles(Folder));
    }

    [Fact]
    public void A_library_that_is_not_there_is_named()
    {
        var error = Assert.Throws<NativeRuntimeException>(() => new PatchedBinding(_cache.Path).GetOrCreate(Path.Combine(_cache.Path, "absent.so")));

        Assert.Contains("absent.so' cannot be read", error.Message);
    }

    [Fact]
    public void A_disk_that_does_not_keep_what_was_written_is_reported()
    {
        var binding = new PatchedBinding(_cache.Path, patchedSha256: new string('0', 64));

        Assert.Contains("does not hold what was written", Assert.Throws<NativeRuntimeException>(() => binding.GetOrCreate(RealBinding.File)).Message);
    }

    [Fact]
    public async Task Many_at_once_get_one_whole_copy_and_leave_nothing_behind()
    {
        var copies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(Create)));

        Assert.Single(copies.Distinct());
        Assert.Equal(PatchedBinding.KnownPatchedSha256, Sha256(copies[0]));
        Assert.Equal([copies[0]], Directory.GetFiles(Folder));
    }

    public void Dispose() => _cache.Dispose();

    private string Create() => new PatchedBinding(_cache.Path).GetOrCreate(RealBinding.File);

    private static string Sha256(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)));
}
