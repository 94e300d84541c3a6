/** What `aivm version` prints: the name and version of the virtual machine. */
export const VERSION_TEXT = 'AI-VM/1.0.0';
